import {
  autocompletion,
  type Completion,
  type CompletionContext,
  type CompletionResult,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { json } from '@codemirror/lang-json';
import {
  bracketMatching,
  HighlightStyle,
  indentOnInput,
  indentUnit,
  syntaxHighlighting,
  syntaxTree,
} from '@codemirror/language';
import { type Diagnostic, lintGutter, lintKeymap } from '@codemirror/lint';
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search';
import { EditorState, type Extension } from '@codemirror/state';
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  hoverTooltip,
  keymap,
  lineNumbers,
} from '@codemirror/view';
import { tags } from '@lezer/highlight';
import type { ConfigFault } from '../../api-types-fleet.ts';
import { type JsonNode, jsonValue, pathOf, placeOf, typingAt } from './json-tree.ts';
import { helpAt, keysAt, type Schema, type Suggestion, valuesAt } from './schema.ts';

const COLOURS = HighlightStyle.define([
  { tag: tags.propertyName, color: 'var(--line-3)' },
  { tag: tags.string, color: 'var(--line-1)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--line-2)' },
  { tag: tags.invalid, color: 'var(--bad)' },
]);

const LOOK = EditorView.theme({
  '&': { color: 'var(--text)', backgroundColor: 'var(--surface)', fontSize: '13px' },
  '&.cm-focused': { outline: '2px solid var(--accent)', outlineOffset: '-2px' },
  '.cm-content': { fontFamily: 'var(--mono)', caretColor: 'var(--text)', padding: '8px 0' },
  '.cm-scroller': {
    fontFamily: 'var(--mono)',
    lineHeight: '20px',
    minHeight: '220px',
    maxHeight: '70vh',
    overflow: 'auto',
  },
  '.cm-gutters': {
    backgroundColor: 'var(--surface)',
    color: 'var(--muted)',
    border: '0',
    borderRight: '1px solid var(--line)',
  },
  '.cm-activeLine, .cm-activeLineGutter': {
    backgroundColor: 'color-mix(in srgb, var(--sunken) 60%, transparent)',
  },
  '.cm-cursor': { borderLeftColor: 'var(--text)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'var(--accent-soft)',
  },
  '.cm-selectionMatch, &.cm-focused .cm-matchingBracket': { backgroundColor: 'var(--accent-soft)' },
  '.cm-tooltip': {
    backgroundColor: 'var(--raised)',
    color: 'var(--text)',
    border: '1px solid var(--line-strong)',
    borderRadius: '6px',
    boxShadow: '0 4px 16px var(--shade)',
    fontFamily: 'var(--sans)',
    fontSize: '13px',
  },
  '.cm-help': { padding: '6px 10px', maxWidth: '360px' },
  '.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--mono)' },
  '.cm-tooltip-autocomplete > ul > li[aria-selected]': {
    backgroundColor: 'var(--accent)',
    color: 'var(--on-accent)',
  },
  '.cm-completionDetail': { color: 'inherit', fontStyle: 'normal', opacity: '0.8' },
  '.cm-completionInfo': { padding: '6px 10px', maxWidth: '320px' },
  '.cm-diagnostic': { padding: '6px 10px' },
  '.cm-panels': { backgroundColor: 'var(--sunken)', color: 'var(--text)', borderColor: 'var(--line)' },
  '.cm-textfield, .cm-button': {
    backgroundColor: 'var(--surface)',
    backgroundImage: 'none',
    color: 'var(--text)',
    border: '1px solid var(--line-strong)',
    borderRadius: '4px',
    fontSize: '13px',
  },
});

const nodeOf = (state: EditorState, pos: number): JsonNode =>
  syntaxTree(state).resolveInner(pos, -1) as unknown as JsonNode;
const rootOf = (state: EditorState): JsonNode => syntaxTree(state).topNode as unknown as JsonNode;

const option = (
  { label, insert, detail, info, required }: Suggestion,
  kind: 'key' | 'value',
  colon: boolean,
): Completion => ({
  label,
  type: kind === 'key' ? 'property' : 'enum',
  apply: colon ? `${insert}: ` : insert,
  boost: required ? 1 : 0,
  ...(detail === undefined ? {} : { detail: required ? `${detail} · needed` : detail }),
  ...(info === undefined ? {} : { info }),
});

/** Suggests keys and values by the schema. */
const complete =
  (schema: Schema) =>
  ({ state, pos, explicit }: CompletionContext): CompletionResult | null => {
    const text = state.doc.toString();
    const typing = typingAt(text, nodeOf(state, pos), pos);
    if (typing === undefined || (typing.from === pos && !explicit && text[pos - 1] !== '"')) return null;
    const value = jsonValue(text, rootOf(state));
    const find = typing.kind === 'key' ? keysAt : valuesAt;
    const colon = typing.kind === 'key' && !/^\s*:/.test(text.slice(typing.to));
    const quoted = text[typing.from] === '"';
    const options = find(schema, value, typing.path).map((each) => option(each, typing.kind, colon));
    // What is typed begins with a quote, and must be found by it.
    const found =
      quoted && typing.kind === 'key'
        ? options.map((each) => ({ ...each, label: `"${each.label}"`, displayLabel: each.label }))
        : options;
    return options.length === 0 ? null : { from: typing.from, to: typing.to, options: found };
  };

/** Tells what the key or value under the pointer is. */
const help = (schema: Schema): Extension =>
  hoverTooltip(({ state }, pos, side) => {
    const text = state.doc.toString();
    const node = syntaxTree(state).resolveInner(pos, side);
    if (['Object', 'Array', 'JsonText'].includes(node.name)) return null;
    const lines = helpAt(schema, jsonValue(text, rootOf(state)), pathOf(text, node as unknown as JsonNode));
    if (lines.length === 0) return null;
    return {
      pos: node.from,
      end: node.to,
      create() {
        const dom = document.createElement('div');
        dom.className = 'cm-help';
        dom.append(
          ...lines.map((line) => Object.assign(document.createElement('div'), { textContent: line })),
        );
        return { dom };
      },
    };
  });

/** All that an editor has. `editable`: false shows a text only. */
export const extensions = (schema: Schema | undefined, editable: boolean, label: string): Extension[] => [
  lineNumbers(),
  history(),
  drawSelection(),
  indentUnit.of('  '),
  EditorState.tabSize.of(2),
  indentOnInput(),
  bracketMatching(),
  json(),
  syntaxHighlighting(COLOURS),
  highlightSelectionMatches(),
  LOOK,
  EditorView.lineWrapping,
  EditorView.contentAttributes.of({ 'aria-label': label }),
  // Tab stays what leads on to the next control.
  keymap.of([
    ...closeBracketsKeymap,
    ...defaultKeymap,
    ...searchKeymap,
    ...historyKeymap,
    ...completionKeymap,
    ...lintKeymap,
  ]),
  ...(editable
    ? [closeBrackets(), highlightActiveLine(), lintGutter()]
    : [
        EditorState.readOnly.of(true),
        EditorView.editable.of(false),
        EditorView.contentAttributes.of({ tabindex: '0' }),
      ]),
  ...(schema === undefined
    ? []
    : [autocompletion({ override: [complete(schema)], icons: false }), help(schema)]),
];

/** Faults as marks in the text. */
export const marksOf = (state: EditorState, faults: readonly ConfigFault[]): Diagnostic[] =>
  faults.map(({ pointer, message, hint }) => ({
    ...placeOf(state.doc.toString(), rootOf(state), pointer),
    severity: 'error',
    message: hint === undefined ? message : `${message} (${hint})`,
  }));
