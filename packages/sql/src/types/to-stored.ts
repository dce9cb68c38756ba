import type { SqlType } from '../sql-type.ts';
import type { CellValue, SqlValue } from '../values.ts';
import { storeDecimal, storeInteger, storeReal, storeYear } from './store-numbers.ts';
import type { Store } from './store-rules.ts';
import { storeBit, storeEnum, storeJson, storeSet } from './store-special.ts';
import { storeBytes, storeText } from './store-texts.ts';
import { storeDate, storeDateTime, storeTime, storeTimestamp } from './store-times.ts';

/**
 * Turns a value into the form in which its column is stored, with MySQL's roundings and limits.
 * In strict mode what doesn't fit is thrown (1264, 1265, 1292, 1366, 1406); otherwise it is cut and
 * warned of. NULL stays NULL: whether it is allowed is the caller's to know.
 */
export function toStored(type: SqlType, cell: CellValue, store: Store): SqlValue {
  if (cell === null) return null;
  switch (type.name) {
    case 'tinyint':
    case 'smallint':
    case 'mediumint':
    case 'int':
    case 'bigint':
      return storeInteger(type, cell, store);
    case 'decimal':
      return storeDecimal(type, cell, store);
    case 'float':
    case 'double':
      return storeReal(type, cell, store);
    case 'year':
      return storeYear(cell, store);
    case 'bit':
      return storeBit(type, cell, store);
    case 'date':
      return storeDate(cell, store);
    case 'datetime':
      return storeDateTime(type, cell, store);
    case 'timestamp':
      return storeTimestamp(type, cell, store);
    case 'time':
      return storeTime(type, cell, store);
    case 'char':
    case 'varchar':
    case 'tinytext':
    case 'text':
    case 'mediumtext':
    case 'longtext':
      return storeText(type, cell, store);
    case 'binary':
    case 'varbinary':
    case 'tinyblob':
    case 'blob':
    case 'mediumblob':
    case 'longblob':
      return storeBytes(type, cell, store);
    case 'enum':
      return storeEnum(type, cell, store);
    case 'set':
      return storeSet(type, cell, store);
    case 'json':
      return storeJson(cell, store);
    case 'null':
      return null;
  }
}
