import { DebeziumFormat } from './debezium.ts';
import type { Format } from './format.ts';
import { JsonFormat } from './json.ts';
import { SqlFormat } from './sql.ts';

export const formatNames = ['json', 'debezium', 'sql'] as const;
export type FormatName = (typeof formatNames)[number];

export function makeFormat(name: FormatName): Format {
  switch (name) {
    case 'json':
      return new JsonFormat();
    case 'debezium':
      return new DebeziumFormat();
    case 'sql':
      return new SqlFormat();
  }
}
