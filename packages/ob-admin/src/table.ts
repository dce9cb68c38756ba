import type { ViewAnswer } from '@sealane/ob-rpc';

/** The same rows with these columns only, in this order; one that isn't there is left out. */
export function withColumns({ columns, rows }: ViewAnswer, wanted: readonly string[]): ViewAnswer {
  const places = wanted.map((name) => columns.indexOf(name)).filter((at) => at >= 0);
  return {
    columns: places.map((at) => columns[at] ?? ''),
    rows: rows.map((row) => places.map((at) => row[at])),
  };
}

/** For people: a table, or, where that would be wider than the screen, each row as a list of its columns. */
export function tableText({ columns, rows }: ViewAnswer, width: number): string {
  if (rows.length === 0) return '(no rows)\n';
  const cells = rows.map((row) => row.map(cellText));
  const widths = columns.map((column, at) =>
    Math.max(column.length, ...cells.map((row) => row[at]?.length ?? 0)),
  );
  const line = (texts: readonly string[]) =>
    `${texts
      .map((text, at) => text.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd()}\n`;
  const total = widths.reduce((sum, each) => sum + each + 2, 0);
  if (total > width) return cells.map((row) => listText(columns, row)).join('\n');
  return line(columns) + line(widths.map((each) => '-'.repeat(each))) + cells.map(line).join('');
}

/** For machines: a row an object, as the view names its columns. */
export function tableJson({ columns, rows }: ViewAnswer): string {
  const objects = rows.map((row) =>
    Object.fromEntries(columns.map((column, at) => [column, plain(row[at])])),
  );
  return `${JSON.stringify(objects)}\n`;
}

function listText(columns: readonly string[], row: readonly string[]): string {
  const width = Math.max(...columns.map((column) => column.length));
  return columns.map((column, at) => `${column.padStart(width)}: ${row[at] ?? ''}\n`).join('');
}

function cellText(value: unknown): string {
  const shown = plain(value);
  return shown === null ? 'NULL' : String(shown);
}

/** JSON has no numbers beyond 2^53, and no bytes. */
function plain(value: unknown): string | number | boolean | null {
  if (value === undefined || value === null) return null;
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string') return value;
  return String(value);
}
