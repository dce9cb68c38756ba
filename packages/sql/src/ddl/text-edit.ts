import type { Span } from '../ast.ts';

/** Something to put into a text in place of a span, which may be empty. */
export interface TextEdit extends Span {
  readonly text: string;
}

/** @returns the text of `span` with the edits in it made; they don't overlap */
export function editText(text: string, span: Span, edits: readonly TextEdit[]): string {
  let result = '';
  let from = span.start;
  for (const edit of edits.toSorted((a, b) => a.start - b.start)) {
    result += text.slice(from, edit.start) + edit.text;
    from = edit.end;
  }
  return result + text.slice(from, span.end);
}
