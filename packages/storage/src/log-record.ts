import { ByteCursor, malformed } from './byte-cursor.ts';
import { ByteSink } from './byte-sink.ts';
import type { SqlValue, StoredStatement } from './values.ts';

/**
 * What one entry of a tenant's log says.
 *
 *  size    type    field       meaning
 *  1 byte  u8      kind        0 noop, 1 changes, 2 statements, 3 batch, 4 statements of one typed by a client
 *  changes:
 *  …       bytes   changeset   to the end; see changeset.ts
 *  statements:
 *  1…      varint  count
 *  …       for each: varint size and UTF-8 of the SQL, varint count of values, values as in a changeset
 *  …       bytes   changeset   to the end: rows that changed after the statements; often none
 *  4: first what was typed, then as statements
 *  …       varint size and UTF-8 of the database that was in use, '' for none; the same of the MySQL text
 *  batch: transactions that followed one another and share an entry
 *  1…      varint  count
 *  …       for each: varint size, and a record of its own that is no batch
 *
 * An entry without bytes is a noop too: a new leader's first one.
 */
export type LogRecord =
  | { readonly kind: 'noop' }
  | { readonly kind: 'changes'; readonly changeset: Uint8Array }
  | {
      readonly kind: 'statements';
      readonly statements: readonly StoredStatement[];
      /** Rows of a table that the statements made: CREATE TABLE … SELECT. */
      readonly changeset?: Uint8Array;
      /** What a client typed to change the schema; nothing depends on it here, whoever follows the log shows it. */
      readonly typed?: TypedStatement;
    }
  | { readonly kind: 'batch'; readonly records: readonly Uint8Array[] };

export interface TypedStatement {
  /** That was in use; '' for none. */
  readonly database: string;
  /** In MySQL's dialect. */
  readonly text: string;
}

export function encodeLogRecord(record: LogRecord): Uint8Array {
  const typed = record.kind === 'statements' ? record.typed : undefined;
  const sink = new ByteSink(capacityFor(record)).u8(typed === undefined ? kinds[record.kind] : kinds.typed);
  if (typed !== undefined) sink.sizedText(typed.database).sizedText(typed.text);
  if (record.kind === 'changes') sink.bytes(record.changeset);
  if (record.kind === 'statements') {
    sink.varint(record.statements.length);
    for (const { sql, binds } of record.statements) {
      sink.sizedText(sql).varint(binds.length);
      for (const value of binds) sink.value(value);
    }
    if (record.changeset !== undefined) sink.bytes(record.changeset);
  }
  if (record.kind === 'batch') {
    sink.varint(record.records.length);
    for (const each of record.records) sink.varint(each.length).bytes(each);
  }
  return sink.done();
}

/** Enough for what doesn't have to be encoded first. */
function capacityFor(record: LogRecord): number {
  const parts =
    record.kind === 'batch' ? record.records : record.kind === 'changes' ? [record.changeset] : [];
  return parts.reduce((sum, { length }) => sum + length + sizeSizeMax, 256);
}

/** @throws MalformedRecordError for bytes that no encodeLogRecord wrote */
export function decodeLogRecord(bytes: Uint8Array): LogRecord {
  const [kind] = bytes;
  switch (kind) {
    case undefined:
    case kinds.noop:
      return { kind: 'noop' };
    case kinds.changes:
      return { kind: 'changes', changeset: bytes.subarray(1) };
    case kinds.statements:
      return { kind: 'statements', ...decodeStatements(new ByteCursor(bytes.subarray(1))) };
    case kinds.typed: {
      const cursor = new ByteCursor(bytes.subarray(1));
      const typed = { database: cursor.text(cursor.varint()), text: cursor.text(cursor.varint()) };
      return { kind: 'statements', typed, ...decodeStatements(cursor) };
    }
    case kinds.batch:
      return { kind: 'batch', records: decodeBatch(new ByteCursor(bytes.subarray(1))) };
    default:
      throw malformed(`there is no kind ${kind}`, 0);
  }
}

function decodeStatements(cursor: ByteCursor): { statements: StoredStatement[]; changeset: Uint8Array } {
  const statements: StoredStatement[] = [];
  for (let left = cursor.varint(); left > 0; left--) {
    const sql = cursor.text(cursor.varint());
    const binds: SqlValue[] = [];
    for (let count = cursor.varint(); count > 0; count--) binds.push(cursor.value() ?? null);
    statements.push({ sql, binds });
  }
  return { statements, changeset: cursor.rest() };
}

function decodeBatch(cursor: ByteCursor): Uint8Array[] {
  const records: Uint8Array[] = [];
  for (let left = cursor.varint(); left > 0; left--) {
    const record = cursor.bytes(cursor.varint());
    if (record[0] === kinds.batch) throw malformed('a batch has another one in it', 0);
    records.push(record);
  }
  if (!cursor.done) throw malformed('something follows the last record', 0);
  return records;
}

/** Bytes of a varint in front of a part. */
const sizeSizeMax = 5;

const kinds = { noop: 0, changes: 1, statements: 2, batch: 3, typed: 4 } as const;
