import { createHash } from 'node:crypto';
import { appliedTable } from './applied-lsn.ts';
import { ByteSink } from './byte-sink.ts';
import type { Database } from './database.ts';
import { quoteName, TableShapes } from './table-shape.ts';

export interface DatabaseDigest {
  /** SHA-256, hexadecimal: equal for copies with the same schema and rows. */
  readonly digest: string;
  /** For each SQLite table, in order of name: to find where copies differ. */
  readonly tables: readonly { readonly name: string; readonly rowCount: number; readonly digest: string }[];
}

/** Reads everything; the applied LSN and where rows lie in the file don't matter. */
export function digestDatabase(database: Database): DatabaseDigest {
  const steps = digestSteps(database);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** The same in pieces of some hundred rows, so that others get their turn in between. */
export function* digestSteps(database: Database): Generator<undefined, DatabaseDigest> {
  const whole = createHash('sha256');
  const shapes = new TableShapes(database);
  const schema = database.all(
    "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name, type",
  );
  const tables = [];
  for (const [type, name, sql] of schema) {
    if (name === appliedTable) continue;
    whole.update(JSON.stringify([type, name, sql]));
    if (type !== 'table') continue;
    const table = yield* digestTable(database, shapes, String(name));
    whole.update(table.digest);
    tables.push(table);
  }
  return { digest: whole.digest('hex'), tables };
}

const rowsInAPiece = 500;

function* digestTable(
  database: Database,
  shapes: TableShapes,
  name: string,
): Generator<undefined, DatabaseDigest['tables'][number]> {
  const shape = shapes.of(name);
  const columns = shape?.columns ?? [];
  const key = shape === undefined || shape.keyColumns.length === 0 ? [...columns.keys()] : shape.keyColumns;
  const order = key.map((column) => quoteName(columns[column] ?? '')).join(', ');
  const hash = createHash('sha256');
  let rowCount = 0;
  for (const row of database.each(
    `SELECT ${columns.map(quoteName).join(', ')} FROM ${quoteName(name)} ORDER BY ${order}`,
  )) {
    const sink = new ByteSink();
    for (const value of row) sink.value(value);
    hash.update(sink.done());
    rowCount++;
    if (rowCount % rowsInAPiece === 0) yield undefined;
  }
  return { name, rowCount, digest: hash.digest('hex') };
}
