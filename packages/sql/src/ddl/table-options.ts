import { ObError } from '@sealane/errors';
import type { TableOption } from '../ast.ts';
import { type CharacterDefaults, characters } from './column-type.ts';

/** What the options of CREATE TABLE and ALTER TABLE say. Undefined: not said. */
export interface TableOptions {
  readonly charset: string | undefined;
  readonly collation: string | undefined;
  readonly comment: string | undefined;
  readonly autoIncrement: bigint | undefined;
}

const commentLengthMax = 2048;
/** Those of MySQL and MariaDB, as dumps name them. */
const engines = new Set(
  'innodb oceanbase myisam memory heap aria archive csv rocksdb tokudb ndb ndbcluster blackhole federated merge mrg_myisam'.split(
    ' ',
  ),
);

/**
 * Reads the options that mean something here. Those of storage (ENGINE, ROW_FORMAT, KEY_BLOCK_SIZE,
 * COMPRESSION, TABLEGROUP, REPLICA_NUM …) are accepted, as OceanBase accepts them: there is one engine.
 * @throws 1286 for an engine nobody knows
 */
export function tableOptions(options: readonly TableOption[]): TableOptions {
  let charset: string | undefined;
  let collation: string | undefined;
  let comment: string | undefined;
  let autoIncrement: bigint | undefined;
  for (const { name, value } of options) {
    if (name === 'CHARACTER SET' || name === 'CHARSET') charset = value;
    else if (name === 'COLLATE') collation = value;
    else if (name === 'COMMENT') comment = value;
    else if (name === 'AUTO_INCREMENT') autoIncrement = keyOf(value);
    else if (name === 'ENGINE' && !engines.has(value.toLowerCase())) {
      throw new ObError('OB_ERR_UNKNOWN_STORAGE_ENGINE', [value]);
    }
  }
  if ((comment ?? '').length > commentLengthMax) {
    throw new ObError('OB_ERR_TOO_LONG_TABLE_COMMENT', ['', commentLengthMax]);
  }
  return { charset, collation, comment, autoIncrement };
}

/** A fraction is cut; 0 means 1. */
function keyOf(value: string): bigint {
  return BigInt(/^\d+/.exec(value)?.[0] ?? '1') || 1n;
}

/** Reads CHARACTER SET and COLLATE among options. */
export function characterOptions(
  options: readonly TableOption[],
  defaults: CharacterDefaults,
): CharacterDefaults {
  const { charset, collation } = tableOptions(options);
  return characters(charset, collation, defaults);
}
