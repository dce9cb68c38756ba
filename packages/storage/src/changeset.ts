import { ByteCursor, malformed } from './byte-cursor.ts';
import { ByteSink } from './byte-sink.ts';
import type { RowEvent } from './row-event.ts';
import type { SqlValue } from './values.ts';

/**
 * SQLite's changeset format, a sequence of tables with their changed rows:
 *
 *  size    type    field      meaning
 *  1 byte  u8      mark       0x54 'T': a table begins
 *  1…      varint  columns    number of columns n, generated ones left out
 *  n       u8      key        for each column its place in the primary key, 0 for none
 *  …       text    name       UTF-8, ended by a zero byte
 *  then for each row:
 *  1       u8      operation  0x12 insert, 0x17 update, 0x09 delete
 *  1       u8      indirect   1 when a foreign key's action did it
 *  …       values  old        update and delete
 *  …       values  new        insert and update
 *
 * A value is a type byte (see byte-cursor.ts), then 8 bytes big endian, or a varint size and bytes.
 * Source: https://sqlite.org/session/c_changeset_apply.html and the comment on top of sqlite3session.c
 */
export function* decodeChangeset(changeset: Uint8Array): Generator<RowEvent> {
  const cursor = new ByteCursor(changeset);
  while (!cursor.done) {
    const { table, keyPlaces } = decodeHeader(cursor);
    while (!cursor.done && cursor.peek() !== tableMark) yield decodeRow(cursor, table, keyPlaces);
  }
}

/** The tables of a changeset, without a look at the values of their rows. */
export function changedTables(changeset: Uint8Array): Set<string> {
  const tables = new Set<string>();
  const cursor = new ByteCursor(changeset);
  while (!cursor.done) {
    const { table, keyPlaces } = decodeHeader(cursor);
    tables.add(table);
    while (!cursor.done && cursor.peek() !== tableMark) skipRow(cursor, keyPlaces.length);
  }
  return tables;
}

/** The inverse of decodeChangeset. Events of one table should stand together: each run of them gets a header. */
export function encodeChangeset(events: Iterable<RowEvent>): Uint8Array {
  const sink = new ByteSink();
  let table: string | undefined;
  for (const event of events) {
    if (event.table !== table) {
      table = event.table;
      sink.u8(tableMark).varint(event.keyPlaces.length).bytes(event.keyPlaces);
      sink.zeroTerminatedText(table);
    }
    sink.u8(operations[event.op]).u8(0);
    if (event.op !== 'insert') for (const value of event.old) sink.value(value);
    if (event.op !== 'delete') for (const value of event.new) sink.value(value);
  }
  return sink.done();
}

function decodeHeader(cursor: ByteCursor): { table: string; keyPlaces: readonly number[] } {
  if (cursor.u8() !== tableMark) throw malformed('no table begins here', 0);
  const columnCount = cursor.varint();
  const keyPlaces = [...cursor.bytes(columnCount)];
  return { table: cursor.zeroTerminatedText(), keyPlaces };
}

function skipRow(cursor: ByteCursor, columnCount: number): void {
  const operation = cursor.u8();
  cursor.u8();
  const valueCount = operation === operations.update ? columnCount * 2 : columnCount;
  for (let count = 0; count < valueCount; count++) cursor.skipValue();
}

function decodeRow(cursor: ByteCursor, table: string, keyPlaces: readonly number[]): RowEvent {
  const operation = cursor.u8();
  cursor.u8();
  switch (operation) {
    case operations.insert:
      return { op: 'insert', table, keyPlaces, new: wholeRow(cursor, keyPlaces.length) };
    case operations.update:
      return {
        op: 'update',
        table,
        keyPlaces,
        old: values(cursor, keyPlaces.length),
        new: values(cursor, keyPlaces.length),
      };
    case operations.delete:
      return { op: 'delete', table, keyPlaces, old: wholeRow(cursor, keyPlaces.length) };
    default:
      throw malformed(`there is no operation ${operation}`, 0);
  }
}

function values(cursor: ByteCursor, count: number): (SqlValue | undefined)[] {
  const row: (SqlValue | undefined)[] = [];
  for (let column = 0; column < count; column++) row.push(cursor.value());
  return row;
}

function wholeRow(cursor: ByteCursor, count: number): SqlValue[] {
  return values(cursor, count).map((value) => {
    if (value === undefined) throw malformed('a row lacks a value', 0);
    return value;
  });
}

const tableMark = 0x54;

/** SQLite's own numbers for these actions. Source: https://sqlite.org/c3ref/c_alter_table.html */
const operations = { insert: 18, update: 23, delete: 9 } as const;
