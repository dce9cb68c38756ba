import { ByteCursor, malformed } from './byte-cursor.ts';
import { ByteSink } from './byte-sink.ts';
import type { SqlValue, StoredStatement } from './values.ts';

/**
 * What one entry of a tenant's log says.
 *
 *  size    type    field       meaning
 *  1 byte  u8      kind        0 noop, 1 changes, 2 statements
 *  changes:
 *  …       bytes   changeset   to the end; see changeset.ts
 *  statements:
 *  1…      varint  count
 *  …       for each: varint size and UTF-8 of the SQL, varint count of values, values as in a changeset
 *  …       bytes   changeset   to the end: rows that changed after the statements; often none
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
    };

export function encodeLogRecord(record: LogRecord): Uint8Array {
  const sink = new ByteSink().u8(kinds[record.kind]);
  if (record.kind === 'changes') sink.bytes(record.changeset);
  if (record.kind === 'statements') {
    sink.varint(record.statements.length);
    for (const { sql, binds } of record.statements) {
      sink.sizedText(sql).varint(binds.length);
      for (const value of binds) sink.value(value);
    }
    if (record.changeset !== undefined) sink.bytes(record.changeset);
  }
  return sink.done();
}

/** @throws RangeError for bytes that no encodeLogRecord wrote */
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

const kinds = { noop: 0, changes: 1, statements: 2 } as const;
