import type { PlanStep } from '../plan.ts';

interface Line {
  readonly operator: string;
  readonly name: string;
}

/**
 * Lays a plan out as OceanBase does: a box with one operator a line, indented below the one that reads it.
 * @param names what SQLite's aliases are called in the statement
 */
export function explainLines(
  steps: readonly PlanStep[],
  writing: string | undefined,
  names: ReadonlyMap<string, string>,
): string[] {
  const depths = new Map<number, number>([[0, writing === undefined ? 0 : 1]]);
  const lines: Line[] = writing === undefined ? [] : [{ operator: writing, name: '' }];
  for (const { id, parent, detail } of steps) {
    const depth = depths.get(parent) ?? 0;
    depths.set(id, depth + 1);
    const { operator, name } = operatorOf(detail, names);
    lines.push({ operator: `${'  '.repeat(depth)}${operator}`, name });
  }
  if (lines.length === 0) lines.push({ operator: 'EXPRESSION', name: '' });
  return box(lines.map(({ operator, name }, index) => [String(index), operator, name]));
}

function box(rows: readonly (readonly string[])[]): string[] {
  const titles = ['ID', 'OPERATOR', 'NAME'];
  const widths = titles.map((title, at) =>
    Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    `|${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('|')}|`;
  const width = widths.reduce((sum, each) => sum + each + 1, 1);
  return ['='.repeat(width), line(titles), '-'.repeat(width), ...rows.map(line), '='.repeat(width)];
}

const searched =
  /^SEARCH (\S+)(?: USING (?:AUTOMATIC )?(?:COVERING )?(?:PARTIAL )?INDEX (\S+)| USING (?:INTEGER )?PRIMARY KEY)?(.*)$/;
const scanned = /^SCAN (\S+)(?: USING (?:COVERING )?INDEX (\S+))?/;

/** A step in OceanBase's words; what has no counterpart there stays in SQLite's. */
function operatorOf(detail: string, names: ReadonlyMap<string, string>): Line {
  const search = searched.exec(detail);
  if (search !== null) {
    const [, alias = '', index, rest = ''] = search;
    const isPoint =
      rest.includes('=?') &&
      !/[<>]\?/.test(rest) &&
      (index === undefined || index.startsWith('sqlite_autoindex'));
    return { operator: isPoint ? 'TABLE GET' : 'TABLE RANGE SCAN', name: tableName(alias, index, names) };
  }
  const scan = scanned.exec(detail);
  if (scan !== null) {
    if (detail.startsWith('SCAN CONSTANT ROW')) return { operator: 'EXPRESSION', name: '' };
    return { operator: 'TABLE FULL SCAN', name: tableName(scan[1] ?? '', scan[2], names) };
  }
  if (detail.startsWith('USE TEMP B-TREE FOR ')) {
    const purpose = detail.slice('USE TEMP B-TREE FOR '.length);
    if (purpose.endsWith('ORDER BY')) return { operator: 'SORT', name: '' };
    if (purpose.includes('GROUP BY')) return { operator: 'MERGE GROUP BY', name: '' };
    return { operator: 'MERGE DISTINCT', name: '' };
  }
  const subplan = /^(?:CO-ROUTINE|MATERIALIZE) (\S+)$/.exec(detail);
  if (subplan !== null)
    return { operator: 'SUBPLAN SCAN', name: tableName(subplan[1] ?? '', undefined, names) };
  return { operator: renamed(detail, names), name: '' };
}

/** `o(k_1)` for an index, the table's alias otherwise. Indexes are called `d.t.index` in SQLite. */
function tableName(alias: string, index: string | undefined, names: ReadonlyMap<string, string>): string {
  const name = names.get(alias) ?? alias;
  if (index === undefined || index.startsWith('sqlite_autoindex')) return name;
  return `${name}(${index.slice(index.lastIndexOf('.') + 1)})`;
}

function renamed(detail: string, names: ReadonlyMap<string, string>): string {
  return detail.replace(/\bt\d+\b/g, (alias) => names.get(alias) ?? alias);
}
