import type { Answer, AnswerColumn, AnswerRow } from './answer.ts';
import type { ScriptStatement } from './script.ts';

/** @returns what is different, one line each; nothing when the answers are the same */
export function differences(statement: ScriptStatement, ours: Answer, oracle: Answer): readonly string[] {
  if (statement.expected.length > 0) return againstExpected(statement, ours);
  if (ours.kind !== oracle.kind) return [`${briefly(ours)}, not ${briefly(oracle)}`];
  if (ours.kind === 'error' && oracle.kind === 'error') {
    return ours.errno === oracle.errno ? [] : [`${briefly(ours)}, not ${briefly(oracle)}`];
  }
  if (ours.kind === 'ok' && oracle.kind === 'ok') {
    const same = ours.affectedRows === oracle.affectedRows && ours.insertId === oracle.insertId;
    return same ? [] : [`${briefly(ours)}, not ${briefly(oracle)}`];
  }
  if (ours.kind !== 'rows' || oracle.kind !== 'rows') return [];
  return [
    ...columnDifferences(ours.columns, oracle.columns),
    ...rowDifferences(inOrder(statement.text, ours.rows), inOrder(statement.text, oracle.rows)),
  ];
}

function againstExpected(statement: ScriptStatement, ours: Answer): readonly string[] {
  const [first = ''] = statement.expected;
  if (first === 'ok') return ours.kind === 'error' ? [`${briefly(ours)}, not an answer`] : [];
  if (first.startsWith('error ')) {
    const errno = Number(first.slice('error '.length));
    return ours.kind === 'error' && ours.errno === errno ? [] : [`${briefly(ours)}, not error ${errno}`];
  }
  if (ours.kind !== 'rows') return [`${briefly(ours)}, not rows`];
  const rows = statement.expected
    .map((line) => JSON.parse(line) as AnswerRow)
    .filter((row) => row.length > 0);
  return rowDifferences(inOrder(statement.text, ours.rows), inOrder(statement.text, rows));
}

function columnDifferences(
  ours: readonly AnswerColumn[],
  oracle: readonly AnswerColumn[],
): readonly string[] {
  const mine = ours.map(columnText).join(', ');
  const theirs = oracle.map(columnText).join(', ');
  return mine === theirs ? [] : [`columns ${mine}\n     not ${theirs}`];
}

function columnText({ name, family, decimals }: AnswerColumn): string {
  return `${name} ${family}${decimals === undefined ? '' : `(${decimals})`}`;
}

function rowDifferences(ours: readonly string[], oracle: readonly string[]): readonly string[] {
  const lines: string[] = [];
  for (let index = 0; index < Math.max(ours.length, oracle.length); index++) {
    if (ours[index] === oracle[index]) continue;
    lines.push(`row ${index + 1}: ${ours[index] ?? 'missing'}\n   not ${oracle[index] ?? 'there'}`);
  }
  return lines;
}

/** Without ORDER BY the order of rows is nobody's promise. */
function inOrder(text: string, rows: readonly AnswerRow[]): readonly string[] {
  const lines = rows.map((row) => JSON.stringify(row));
  return /\border\s+by\b(?!\s+null\b)/i.test(text) ? lines : lines.sort();
}

function briefly(answer: Answer): string {
  if (answer.kind === 'error') return `error ${answer.errno} (${answer.message})`;
  if (answer.kind === 'ok') return `${answer.affectedRows} rows affected, insert id ${answer.insertId}`;
  return `rows ${JSON.stringify(answer.rows.slice(0, 5))}`;
}
