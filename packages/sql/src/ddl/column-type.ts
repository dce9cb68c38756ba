import { ObError } from '@sealane/errors';
import type { TypeNode } from '../ast.ts';
import type { SqlType, TypeName } from '../sql-type.ts';
import { type Charset, findCharset, findCollation } from '../types/charset.ts';

/** The character set and collation of a table or database, which its columns take unless they say otherwise. */
export interface CharacterDefaults {
  readonly charset: string;
  readonly collation: string;
}

const displayWidthMax = 255;
const charLengthMax = 255;
const varcharBytesMax = 65_535;
const decimalPrecisionMax = 65;
const decimalScaleMax = 30;
const membersMax = { enum: 65_535, set: 64 } as const;

/** @throws 1074, 1115, 1235, 1273, 1291, 1425, 1426, 1427, 1439, 3013 */
export function columnType(column: string, node: TypeNode, defaults: CharacterDefaults): SqlType {
  switch (node.name) {
    case 'tinyint':
    case 'smallint':
    case 'mediumint':
    case 'int':
    case 'bigint':
      return integer(column, node, node.name);
    case 'serial':
      return { name: 'bigint', unsigned: true };
    case 'decimal':
      return decimal(column, node);
    case 'float':
    case 'double':
      return real(column, node);
    case 'bit':
      return { name: 'bit', length: inRange(column, node.length ?? 1, 1, 64) };
    case 'year':
    case 'date':
    case 'json':
      return { name: node.name };
    case 'time':
    case 'datetime':
    case 'timestamp':
      return { name: node.name, decimals: fractionalSeconds(column, node) };
    case 'char':
    case 'varchar':
      return text(column, node, node.name, defaults);
    case 'binary':
    case 'varbinary':
      return bytes(column, node, node.name);
    case 'tinytext':
    case 'text':
    case 'mediumtext':
    case 'longtext':
      return longText(node, defaults);
    case 'tinyblob':
    case 'blob':
    case 'mediumblob':
    case 'longblob':
      return { name: sized('blob', node) };
    case 'enum':
    case 'set':
      return members(column, node, node.name, defaults);
    default:
      throw new ObError('OB_NOT_SUPPORTED', [`column type ${node.name}`]);
  }
}

/** @throws 1115 or 1273 for an unknown name, 1253 for a collation of another character set */
export function characters(
  charset: string | undefined,
  collation: string | undefined,
  defaults: CharacterDefaults,
): CharacterDefaults {
  if (charset === undefined && collation === undefined) return defaults;
  const set = charset === undefined ? undefined : knownCharset(charset);
  if (collation === undefined || collation.toLowerCase() === 'default') {
    return set === undefined ? defaults : { charset: set.name, collation: set.defaultCollation };
  }
  const found = findCollation(collation);
  if (found === undefined) throw new ObError('OB_ERR_UNKNOWN_COLLATION', [collation]);
  if (set !== undefined && set.name !== found.charset) {
    throw new ObError('OB_ERR_COLLATION_MISMATCH', [found.name, set.name]);
  }
  return { charset: found.charset, collation: found.name };
}

function knownCharset(name: string): Charset {
  const set = findCharset(name);
  if (set === undefined) throw new ObError('OB_ERR_UNKNOWN_CHARSET', [name]);
  return set;
}

function integer(column: string, node: TypeNode, name: TypeName): SqlType {
  if ((node.length ?? 0) > displayWidthMax) {
    throw new ObError('OB_ERR_TOO_BIG_DISPLAYWIDTH', [column, displayWidthMax]);
  }
  return { name, ...signs(node), ...(node.length === undefined ? {} : { length: node.length }) };
}

function decimal(column: string, node: TypeNode): SqlType {
  const length = node.length === undefined || node.length === 0 ? 10 : node.length;
  const decimals = node.decimals ?? 0;
  if (decimals > decimalScaleMax)
    throw new ObError('OB_ERR_TOO_BIG_SCALE', [decimals, column, decimalScaleMax]);
  if (length > decimalPrecisionMax) {
    throw new ObError('OB_ERR_TOO_BIG_PRECISION', [length, column, decimalPrecisionMax]);
  }
  if (decimals > length) throw new ObError('OB_ERR_M_BIGGER_THAN_D', [column]);
  return { name: 'decimal', length, decimals, ...signs(node) };
}

/** FLOAT(p) is a FLOAT up to 24 bits and a DOUBLE up to 53. */
function real(column: string, node: TypeNode): SqlType {
  const { name, length, decimals } = node;
  if (length !== undefined && decimals === undefined) {
    if (length > 53) throw new ObError('OB_ERR_COLUMN_SPEC', [column]);
    return { name: name === 'double' || length > 24 ? 'double' : 'float', ...signs(node) };
  }
  if (length === undefined || decimals === undefined) return { name: name as TypeName, ...signs(node) };
  if (decimals > decimalScaleMax)
    throw new ObError('OB_ERR_TOO_BIG_SCALE', [decimals, column, decimalScaleMax]);
  if (length > displayWidthMax) throw new ObError('OB_ERR_TOO_BIG_DISPLAYWIDTH', [column, displayWidthMax]);
  if (decimals > length) throw new ObError('OB_ERR_M_BIGGER_THAN_D', [column]);
  return { name: name as TypeName, length, decimals, ...signs(node) };
}

/** ZEROFILL makes a number unsigned. */
function signs(node: TypeNode): Pick<SqlType, 'unsigned' | 'zerofill'> {
  if (node.zerofill) return { unsigned: true, zerofill: true };
  return node.unsigned ? { unsigned: true } : {};
}

function fractionalSeconds(column: string, node: TypeNode): number {
  const decimals = node.length ?? 0;
  if (decimals > 6) throw new ObError('OB_ERR_TOO_BIG_PRECISION', [decimals, column, 6]);
  return decimals;
}

function inRange(column: string, length: number, min: number, max: number): number {
  if (length > max) throw new ObError('OB_ERR_TOO_BIG_DISPLAYWIDTH', [column, max]);
  if (length < min) throw new ObError('ER_INVALID_FIELD_SIZE', [column]);
  return length;
}

function text(
  column: string,
  node: TypeNode,
  name: 'char' | 'varchar',
  defaults: CharacterDefaults,
): SqlType {
  const own = ownCharacters(node, defaults);
  if (own.charset === 'binary') return bytes(column, node, name === 'char' ? 'binary' : 'varbinary');
  const length = node.length ?? 1;
  const max =
    name === 'char' ? charLengthMax : Math.floor(varcharBytesMax / knownCharset(own.charset).maxLength);
  if (length > max) throw new ObError('OB_ERR_TOO_LONG_COLUMN_LENGTH', [column, max]);
  return { name, length, ...own };
}

function bytes(column: string, node: TypeNode, name: 'binary' | 'varbinary'): SqlType {
  const length = node.length ?? 1;
  const max = name === 'binary' ? charLengthMax : varcharBytesMax;
  if (length > max) throw new ObError('OB_ERR_TOO_LONG_COLUMN_LENGTH', [column, max]);
  return { name, length };
}

function longText(node: TypeNode, defaults: CharacterDefaults): SqlType {
  const own = ownCharacters(node, defaults);
  if (own.charset === 'binary')
    return { name: sized('blob', { ...node, name: node.name.replace('text', 'blob') }) };
  return { name: sized('text', node, knownCharset(own.charset).maxLength), ...own };
}

/** TEXT(n) and BLOB(n) become the smallest type that holds n. */
function sized(kind: 'text' | 'blob', node: TypeNode, bytesEach = 1): TypeName {
  if (node.name !== kind || node.length === undefined) return node.name as TypeName;
  const size = node.length * bytesEach;
  const prefix = size < 256 ? 'tiny' : size < 65_536 ? '' : size < 16_777_216 ? 'medium' : 'long';
  return `${prefix}${kind}` as TypeName;
}

function members(column: string, node: TypeNode, name: 'enum' | 'set', defaults: CharacterDefaults): SqlType {
  const list = (node.members ?? []).map((member) => member.replace(/ +$/, ''));
  const seen = new Set<string>();
  for (const member of list) {
    const folded = member.toLowerCase();
    if (seen.has(folded)) {
      throw new ObError('OB_ER_DUPLICATED_VALUE_IN_TYPE', [column, member, name.toUpperCase()]);
    }
    if (name === 'set' && member.includes(',')) {
      throw new ObError('OB_ERR_ILLEGAL_VALUE_FOR_TYPE', ['set', member]);
    }
    seen.add(folded);
  }
  if (list.length > membersMax[name]) {
    throw new ObError(name === 'set' ? 'OB_ERR_TOO_BIG_SET' : 'OB_ER_TOO_BIG_ENUM', [column]);
  }
  return { name, members: list, ...ownCharacters(node, defaults) };
}

function ownCharacters(node: TypeNode, defaults: CharacterDefaults): CharacterDefaults {
  const own = characters(node.charset, node.collation, defaults);
  if (!node.binary || node.collation !== undefined) return own;
  return own.charset === 'binary' ? own : { charset: own.charset, collation: `${own.charset}_bin` };
}
