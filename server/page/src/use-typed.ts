import { useEffect, useRef, useState } from 'preact/hooks';
import { search, setSearch } from './navigate.ts';

/**
 * A part of the address's query that follows what is typed, `ms` after the last key; and what is typed follows the address when
 * something else changes that: a link, a button, going back.
 */
export function useTyped(name: string, ms: number): [string, (text: string) => void] {
  const found = search.value.get(name) ?? '';
  const [typed, setTyped] = useState(found);
  /** What the address and the field last had in common. */
  const common = useRef(found);
  useEffect(() => {
    if (found === common.current) return;
    common.current = found;
    setTyped(found);
  }, [found]);
  useEffect(() => {
    const text = typed.trim();
    if (text === common.current) return undefined;
    const timer = setTimeout(() => {
      common.current = text;
      setSearch({ [name]: text });
    }, ms);
    return () => clearTimeout(timer);
  }, [name, typed, ms]);
  return [typed, setTyped];
}
