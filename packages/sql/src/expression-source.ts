import type { Span } from './ast.ts';

const token =
  /'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|`(?:[^`]|``)*`|\/\*[\s\S]*?\*\/|--\s[^\n]*|#[^\n]*|[()]/g;

/**
 * The text of an expression that stands by itself. A span leaves out parentheses around a node, so the
 * span of `(a + b) * 2` begins behind the first one: what is open in it is closed again by widening it.
 */
export function sourceOf(span: Span, text: string): string {
  let { start, end } = span;
  let open = 0;
  let unopened = 0;
  for (const [found] of text.slice(start, end).matchAll(token)) {
    if (found === '(') open += 1;
    else if (found === ')' && open > 0) open -= 1;
    else if (found === ')') unopened += 1;
  }
  while (unopened > 0 && start > 0) {
    start -= 1;
    if (text[start] === '(') unopened -= 1;
  }
  while (open > 0 && end < text.length) {
    if (text[end] === ')') open -= 1;
    end += 1;
  }
  return text.slice(start, end);
}
