import type { CdcRecord, CdcTable, ChangeRecord, Position } from '../record.ts';
import { rowJson } from './cell-json.ts';
import type { Format } from './format.ts';

/** One JSON object a line, one for each record. */
export class JsonFormat implements Format {
  begin(): string {
    return '';
  }

  write(record: CdcRecord): string {
    return `${JSON.stringify(plain(record))}\n`;
  }
}

function plain(record: CdcRecord): object {
  switch (record.type) {
    case 'heartbeat':
      return { type: record.type, time_us: record.timeUs, positions: record.positions.map(positionText) };
    case 'begin':
    case 'commit':
      return stamped(record);
    case 'ddl':
      return { ...stamped(record), database: record.database, text: record.text };
    default:
      return {
        ...stamped(record),
        database: record.table.database,
        table: record.table.name,
        key: keyOf(record.table),
        before: rowJson(record.table, record.before),
        after: rowJson(record.table, record.after),
      };
  }
}

function stamped({ type, tenant, transactionId, commitTimeUs, position }: ChangeRecord): object {
  return {
    type,
    tenant,
    transaction: transactionId,
    commit_time_us: commitTimeUs,
    position: positionText(position),
  };
}

function keyOf({ columns }: CdcTable): readonly string[] {
  return columns.filter((column) => column.key).map(({ name }) => name);
}

/** `tenant id:LSN:ordinal`. */
function positionText({ tenantId, lsn, ordinal }: Position): string {
  return `${tenantId}:${lsn}:${ordinal}`;
}
