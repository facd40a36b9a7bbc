import { useEffect, useState } from 'preact/hooks';

/** A part of the page that is fetched when it is first needed; undefined while it is on its way. */
export function useModule<T>(load: () => Promise<T>): T | undefined {
  const [found, setFound] = useState<{ module: T }>();
  // A module is loaded once
  useEffect(() => {
    load().then(
      (module) => setFound({ module }),
      // The server was replaced by a newer one, whose files have other names.
      () => location.reload(),
    );
  }, []);
  return found?.module;
}
