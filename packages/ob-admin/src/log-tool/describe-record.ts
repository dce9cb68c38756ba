import { decodeMembers, type EntryKind } from '@sealane/consensus';
import { decodeChangeset, decodeLogRecord, type LogRecord } from '@sealane/storage';

/** What an entry says, a line for each of its transactions. Values of rows aren't among it. */
export function describePayload(kind: EntryKind, payload: Uint8Array): readonly string[] {
  switch (kind) {
    case 'noop':
      return ['a new leader'];
    case 'members':
      return [`members ${decodeMembers(payload).join(', ')}`];
    case 'data':
      return describeRecord(payload);
  }
}

function describeRecord(bytes: Uint8Array): readonly string[] {
  try {
    return describe(decodeLogRecord(bytes));
  } catch (error) {
    return [`it can't be read: ${error instanceof Error ? error.message : String(error)}`];
  }
}

function describe(record: LogRecord): readonly string[] {
  switch (record.kind) {
    case 'noop':
      return ['nothing'];
    case 'changes':
      return [rowsText(record.changeset)];
    case 'statements': {
      const rows =
        record.changeset === undefined || record.changeset.length === 0 ? [] : [rowsText(record.changeset)];
      const typed = record.typed?.text.replaceAll(/\s+/g, ' ');
      return [typed ?? `${record.statements.length} statements of the server's own`, ...rows];
    }
    case 'batch':
      return record.records.flatMap(describeRecord);
  }
}

/** `d.t 2 insert, 1 delete; …` */
function rowsText(changeset: Uint8Array): string {
  const tables = new Map<string, Map<string, number>>();
  for (const { table, op } of decodeChangeset(changeset)) {
    const counts = tables.get(table) ?? new Map<string, number>();
    counts.set(op, (counts.get(op) ?? 0) + 1);
    tables.set(table, counts);
  }
  const texts = [...tables].map(
    ([table, counts]) => `${table} ${[...counts].map(([op, count]) => `${count} ${op}`).join(', ')}`,
  );
  return texts.join('; ');
}
