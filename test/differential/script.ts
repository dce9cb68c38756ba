/**
 * A script: statements that end with `;` at the end of a line. Lines that begin with `#` are remarks. Before a statement may stand
 *
 *     --with [1, "a", null]     run it prepared, with these parameters (JSON; {"hex": "00ff"} is a buffer)
 *     --as ann                  over a connection of this user, whose password is `p`
 *     --differs REASON          MariaDB is known to answer otherwise than MySQL 5.7; instead of its answer is expected:
 *     --lacks REASON            it is we who answer otherwise than MySQL, and say so in docs/differences.md
 *     --= ["1", null]             a row (JSON), one line for each; `--= []` alone means no row
 *     --= error 1364              an error
 *     --= ok                      anything but an error
 */
export interface ScriptStatement {
  readonly line: number;
  readonly text: string;
  readonly parameters: readonly ScriptParameter[] | undefined;
  /** Who asks; undefined: root. */
  readonly user: string | undefined;
  readonly differs: string | undefined;
  readonly lacks: string | undefined;
  readonly expected: readonly string[];
}

export type ScriptParameter = string | number | boolean | null | { readonly hex: string };

export function parseDifferentialScript(text: string): ScriptStatement[] {
  const statements: ScriptStatement[] = [];
  let draft = emptyDraft();
  for (const [index, line] of text.split('\n').entries()) {
    if (draft.lines.length === 0 && (line.trim() === '' || line.startsWith('#'))) continue;
    if (draft.lines.length === 0 && line.startsWith('--')) {
      readDirective(line, draft);
      continue;
    }
    draft.lines.push(line);
    if (!line.trimEnd().endsWith(';')) continue;
    const { lines, ...rest } = draft;
    const statement = lines.join('\n').trimEnd().slice(0, -1);
    statements.push({ line: index + 2 - lines.length, text: statement, ...rest });
    draft = emptyDraft();
  }
  if (draft.lines.length > 0)
    throw new Error(`the last statement has no semicolon: ${draft.lines.join('\n')}`);
  return statements;
}

interface Draft {
  lines: string[];
  parameters: readonly ScriptParameter[] | undefined;
  user: string | undefined;
  differs: string | undefined;
  lacks: string | undefined;
  expected: string[];
}

function emptyDraft(): Draft {
  return {
    lines: [],
    parameters: undefined,
    user: undefined,
    differs: undefined,
    lacks: undefined,
    expected: [],
  };
}

function readDirective(line: string, draft: Draft): void {
  const rest = line.replace(/^--\S+\s*/, '');
  if (line.startsWith('--with ')) draft.parameters = JSON.parse(rest) as ScriptParameter[];
  else if (line.startsWith('--as ')) draft.user = rest.trim();
  else if (line.startsWith('--differs ')) draft.differs = rest;
  else if (line.startsWith('--lacks ')) draft.lacks = rest;
  else if (line.startsWith('--= ')) draft.expected.push(rest);
  else throw new Error(`not a directive: ${line}`);
}
