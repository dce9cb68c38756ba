import { ObError } from '@sealane/errors';

/** A piece of a statement. Names in backquotes are words that are no keyword. */
export interface Token {
  readonly kind: 'word' | 'name' | 'text' | 'number' | 'variable' | 'sign' | 'end';
  /** Without quotes, escapes resolved. */
  readonly text: string;
  /** Where it begins. */
  readonly at: number;
}

const pieces: readonly (readonly [Token['kind'] | 'space', RegExp])[] = [
  ['space', /\s+|\/\*[\s\S]*?\*\/|--(?=\s|$)[^\n]*|#[^\n]*/y],
  ['variable', /@@(?:global\.|session\.|local\.)?[a-z_][\w$]*/iy],
  ['number', /\d+(?:\.\d+)?(?![\w$])/y],
  ['word', /[\w$\u0080-\uffff]+/y],
  ['name', /`(?:[^`]|``)*`/y],
  ['text', /'(?:[^'\\]|''|\\[\s\S])*'|"(?:[^"\\]|""|\\[\s\S])*"/y],
  ['sign', /<=|>=|<>|!=|[=<>(),.*;+-]/y],
];

/** Cuts a statement of the proxy's own SQL into its pieces. @throws ObError OB_ERR_PARSE_SQL */
export function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const found = pieceAt(text, at);
    if (found === undefined) throw syntaxError(text, at);
    if (found.kind !== 'space') tokens.push({ kind: found.kind, text: plain(found.kind, found.text), at });
    at += found.text.length;
  }
  while (tokens.at(-1)?.text === ';') tokens.pop();
  return [...tokens, { kind: 'end', text: '', at: text.length }];
}

export function syntaxError(text: string, at: number): ObError {
  const line = text.slice(0, at).split('\n').length;
  return new ObError('OB_ERR_PARSE_SQL', [
    'You have an error in your SQL syntax; the proxy knows SHOW PROXY…, ALTER PROXYCONFIG, KILL, PING PROXY, and SELECT from its own views:',
    text.slice(at, at + 80),
    line,
  ]);
}

function pieceAt(
  text: string,
  at: number,
): { readonly kind: Token['kind'] | 'space'; readonly text: string } | undefined {
  for (const [kind, pattern] of pieces) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match !== null) return { kind, text: match[0] };
  }
  return undefined;
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', 0: '\0', b: '\b', Z: '\x1a' };

function plain(kind: Token['kind'] | 'space', text: string): string {
  if (kind === 'name') return text.slice(1, -1).replaceAll('``', '`');
  if (kind !== 'text') return text;
  const quote = text[0] ?? "'";
  return text
    .slice(1, -1)
    .replace(/\\([\s\S])|''|""/g, (whole, escaped: string | undefined) =>
      escaped === undefined ? (whole[0] === quote ? quote : whole) : (escapes[escaped] ?? escaped),
    );
}
