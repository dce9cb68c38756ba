import type { CdcRecord, ChangeRecord, RowRecord } from '../record.ts';
import { rowJson } from './cell-json.ts';
import type { Format } from './format.ts';

/**
 * The payloads that Debezium's connectors send, without the schemas beside them: a line for each change, one for a transaction's BEGIN and END,
 * one for DDL. Source: https://debezium.io/documentation/reference/stable/connectors/mysql.html
 */
export class DebeziumFormat implements Format {
  #total = 0;
  readonly #perTable = new Map<string, number>();

  begin(): string {
    return '';
  }

  write(record: CdcRecord): string {
    return `${JSON.stringify(this.#payload(record))}\n`;
  }

  #payload(record: CdcRecord): object {
    switch (record.type) {
      case 'heartbeat':
        return { ts_ms: milliseconds(record.timeUs) };
      case 'begin':
        this.#total = 0;
        this.#perTable.clear();
        return { status: 'BEGIN', id: record.transactionId, ts_ms: milliseconds(record.commitTimeUs) };
      case 'commit':
        return {
          status: 'END',
          id: record.transactionId,
          event_count: this.#total,
          data_collections: [...this.#perTable].map(([name, count]) => ({
            data_collection: name,
            event_count: count,
          })),
          ts_ms: milliseconds(record.commitTimeUs),
        };
      case 'ddl':
        return {
          source: sourceOf(record, record.database, undefined),
          ts_ms: milliseconds(record.commitTimeUs),
          databaseName: record.database,
          ddl: record.text,
        };
      default:
        return this.#change(record);
    }
  }

  #change(record: RowRecord): object {
    const { table, before, after } = record;
    const name = `${table.database}.${table.name}`;
    this.#total += 1;
    this.#perTable.set(name, (this.#perTable.get(name) ?? 0) + 1);
    return {
      before: rowJson(table, before),
      after: rowJson(table, after),
      source: sourceOf(record, table.database, table.name),
      op: operations[record.type],
      ts_ms: milliseconds(record.commitTimeUs),
      transaction: {
        id: record.transactionId,
        total_order: this.#total,
        data_collection_order: this.#perTable.get(name),
      },
    };
  }
}

const operations = { insert: 'c', update: 'u', delete: 'd' } as const;

function sourceOf(record: ChangeRecord, db: string, table: string | undefined): object {
  return {
    connector: 'oceanbase',
    name: record.tenant,
    ts_ms: milliseconds(record.commitTimeUs),
    ts_us: record.commitTimeUs,
    snapshot: 'false',
    db,
    table: table ?? null,
    lsn: record.position.lsn,
    ordinal: record.position.ordinal,
  };
}

function milliseconds(us: number): number {
  return Math.floor(us / 1000);
}
