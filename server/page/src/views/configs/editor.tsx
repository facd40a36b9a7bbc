import { setDiagnostics } from '@codemirror/lint';
import { Annotation, EditorState } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import type { ConfigFault } from '../../api-types-fleet.ts';
import { extensions, marksOf } from './editor-setup.ts';
import type { Schema } from './schema.ts';

interface Props {
  label: string;
  /** What stands in it at first; another one takes the place of all. */
  text: string;
  schema?: Schema | undefined;
  faults?: readonly ConfigFault[];
  onChange?(text: string): void;
  /** Gives what leads to a pointer's place. */
  onReady?(goTo: (pointer: string) => void): void;
}

/** On a change that nobody typed. */
const given = Annotation.define<boolean>();

/**
 * JSON with help. It lives in a shadow root: there CodeMirror takes its styles from style sheets that are made by script,
 * which the page's policy allows, and not from style elements, which it does not.
 */
export default function Editor({ label, text, schema, faults = [], onChange, onReady }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const editor = useRef<EditorView | undefined>(undefined);
  const changed = useRef(onChange);
  changed.current = onChange;

  // An editor is made anew only when what it works by changes
  useEffect(() => {
    const root = host.current!.shadowRoot ?? host.current!.attachShadow({ mode: 'open' });
    const view = new EditorView({
      root,
      parent: root,
      state: EditorState.create({
        doc: text,
        extensions: [
          ...extensions(schema, onChange !== undefined, label),
          EditorView.updateListener.of((update) => {
            if (update.docChanged && !update.transactions.some((each) => each.annotation(given)))
              changed.current?.(update.state.doc.toString());
          }),
        ],
      }),
    });
    editor.current = view;
    onReady?.((pointer) => {
      const [mark] = marksOf(view.state, [{ pointer, message: '' }]);
      view.dispatch({ selection: { anchor: mark!.from }, scrollIntoView: true });
      view.focus();
    });
    return () => view.destroy();
  }, [schema, label]);

  // At once: an effect would wait for the next picture, and put an older text back over what was typed meanwhile
  useLayoutEffect(() => {
    const view = editor.current;
    if (view === undefined || view.state.doc.toString() === text) return;
    view.dispatch({
      changes: { from: 0, to: view.state.doc.length, insert: text },
      annotations: given.of(true),
    });
  }, [text]);

  useEffect(() => {
    const view = editor.current;
    if (view !== undefined) view.dispatch(setDiagnostics(view.state, marksOf(view.state, faults)));
  }, [faults]);

  return <div class="editor" ref={host} />;
}
