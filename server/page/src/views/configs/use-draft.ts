import { useEffect, useState } from 'preact/hooks';
import { ask, post } from '../../api.ts';
import { errorText } from '../../problem.ts';
import { type Loaded, useLoad } from '../../use-load.ts';
import { type LayerKey, layerPath } from './layer.ts';
import type { Check, Layer } from './types.ts';

/** A text is checked when so long nothing was typed, in ms. */
const TYPED_MS = 500;

export interface Draft {
  loaded: Loaded<Layer>;
  /** The version to make changes from, as If-Match has it. */
  match: string;
  text: string;
  stored: string;
  isChanged: boolean;
  /** Of the text as it is; undefined while it is on its way. */
  check: Check | undefined;
  /** The check itself failed. */
  checkError: string | undefined;
  edit(text: string): void;
  /** What was edited is stored: looks at that. */
  settle(): void;
  /** Begins anew with what is stored now. */
  reset(): void;
}

/** What stands in a layer that is not there yet. */
const BEGINNING = '{\n}\n';

/** A layer's text while one edits it, checked as one goes. */
export function useDraft(key: LayerKey): Draft {
  const at = layerPath(key);
  const [etag, setEtag] = useState<string>();
  const loaded = useLoad(at, async (signal) => {
    const answer = await ask<Layer>(at, { signal });
    setEtag(answer.etag);
    return answer.data;
  });
  const stored = loaded.data?.text ?? '';
  const [own, setOwn] = useState<string>();
  const text = own ?? (stored === '' ? BEGINNING : stored);
  const isChanged = own !== undefined && own !== stored;
  useEffect(() => {
    setOwn((now) => (now === stored ? undefined : now));
  }, [own, stored]);
  const [checked, setChecked] = useState<{ text: string; check?: Check; error?: string }>();
  useEffect(() => {
    if (!isChanged) return undefined;
    let isOver = false;
    const timer = setTimeout(() => {
      post<Check>(`${at}/check`, { text }).then(
        (check) => isOver || setChecked({ text, check }),
        (error: unknown) => isOver || setChecked({ text, error: errorText(error) }),
      );
    }, TYPED_MS);
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [at, text, isChanged]);
  const fits = isChanged && checked?.text === text;
  return {
    ...{ loaded, text, stored, isChanged },
    match: etag ?? `"${loaded.data?.version ?? 0}"`,
    check: fits ? checked.check : undefined,
    checkError: fits ? checked.error : undefined,
    edit: setOwn,
    settle: loaded.reload,
    reset: () => {
      setOwn(undefined);
      loaded.reload();
    },
  };
}
