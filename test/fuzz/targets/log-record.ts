import { isDeepStrictEqual } from 'node:util';
import {
  decodeChangeset,
  decodeLogRecord,
  encodeChangeset,
  encodeLogRecord,
  type RowEvent,
} from '@sealane/storage';
import { changedTables } from '../../../packages/storage/src/changeset.ts';
import type { Chance } from '../../simulation/random.ts';
import { must, outcomeOf, type Target } from '../target.ts';
import { listOf, someBytes, someCell, someText } from '../values.ts';

/** What an entry of a tenant's log says: a record, and the changeset in it. */
export const logRecord: Target = {
  name: 'log-record',
  inputSizeMax: 64 * 1024,
  tokens: [
    Uint8Array.of(0x54, 2, 1, 0, 0x74, 0),
    Uint8Array.of(18, 0),
    Uint8Array.of(23, 0),
    Uint8Array.of(9, 0),
    new Uint8Array(9).fill(0xff),
  ],
  generate: (chance: Chance) => Uint8Array.from(someRecord(chance, 0)),
  run: (input) => outcomeOf(() => readRecord(input, 0)),
  property(chance) {
    const events = someEvents(chance);
    must(
      isDeepStrictEqual([...decodeChangeset(encodeChangeset(events))], events),
      'row events come back as others',
    );
  },
};

function readRecord(bytes: Uint8Array, depth: number): string {
  const record = decodeLogRecord(bytes);
  switch (record.kind) {
    case 'noop':
      return 'noop';
    case 'changes':
      return `changes ${readChangeset(record.changeset)}`;
    case 'statements': {
      must(
        isDeepStrictEqual(decodeLogRecord(encodeLogRecord(record)), record),
        'statements differ when written again',
      );
      return `statements ${Math.min(3, record.statements.length)} ${readChangeset(record.changeset ?? new Uint8Array(0))}`;
    }
    case 'batch':
      must(depth === 0, 'a batch in a batch');
      return `batch ${[...new Set(record.records.map((each) => outcomeOf(() => readRecord(each, depth + 1))))].slice(0, 2).join()}`;
  }
}

function readChangeset(changeset: Uint8Array): string {
  const tables = changedTables(changeset);
  const events = [...decodeChangeset(changeset)];
  must(
    events.every(({ table }) => tables.has(table)),
    'a table of a row is none of the changed tables',
  );
  // A table has one shape within a changeset, or it is none of ours.
  const shapes = new Map(events.map(({ table, keyPlaces }) => [table, keyPlaces.join()]));
  const oneShape = events.every(({ table, keyPlaces }) => shapes.get(table) === keyPlaces.join());
  if (oneShape)
    must(isDeepStrictEqual([...decodeChangeset(encodeChangeset(events))], events), 'rows differ again');
  return [...new Set(events.map(({ op }) => op))].sort().join();
}

function someRecord(chance: Chance, depth: number): Uint8Array {
  switch (chance.below(depth === 0 ? 4 : 3)) {
    case 0:
      return encodeLogRecord({ kind: 'noop' });
    case 1:
      return encodeLogRecord({ kind: 'changes', changeset: encodeChangeset(someEvents(chance)) });
    case 2: {
      const statements = listOf(chance, 3, () => ({
        sql: someText(chance),
        binds: listOf(chance, 4, () => someCell(chance)),
      }));
      return encodeLogRecord({
        kind: 'statements',
        statements,
        changeset: encodeChangeset(someEvents(chance)),
      });
    }
    default:
      return encodeLogRecord({ kind: 'batch', records: listOf(chance, 4, () => someRecord(chance, 1)) });
  }
}

function someEvents(chance: Chance): RowEvent[] {
  return listOf(chance, 6, (): RowEvent => {
    const table = chance.pick(tables);
    const width = 1 + tables.indexOf(table);
    const keyPlaces = Array.from({ length: width }, (_, index) => (index === 0 ? 1 : 0));
    const base = { table, keyPlaces };
    const row = (): ReturnType<typeof someCell>[] => keyPlaces.map(() => plainCell(chance));
    const partly = () => row().map((cell) => (chance.happens(0.3) ? undefined : cell));
    const op = chance.pick(['insert', 'update', 'delete'] as const);
    if (op === 'insert') return { ...base, op, new: row() };
    return op === 'delete' ? { ...base, op, old: row() } : { ...base, op, old: partly(), new: partly() };
  });
}

const tables = ['d.t', 'd.u', 'd.with space', 'd.漢字'] as const;

function plainCell(chance: Chance): ReturnType<typeof someCell> {
  return chance.happens(0.2) ? someBytes(chance, 300) : someCell(chance);
}
