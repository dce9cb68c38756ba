import { type Charset, utf8mb4 } from './charset.ts';
import type { Column, ColumnType } from './column.ts';

/** The byte that names a type on the wire. Source: docs/protocol/mysql.md#column-types */
export const typeCode = {
  DECIMAL: 0x00,
  TINY: 0x01,
  SHORT: 0x02,
  LONG: 0x03,
  FLOAT: 0x04,
  DOUBLE: 0x05,
  NULL: 0x06,
  TIMESTAMP: 0x07,
  LONGLONG: 0x08,
  INT24: 0x09,
  DATE: 0x0a,
  TIME: 0x0b,
  DATETIME: 0x0c,
  YEAR: 0x0d,
  VARCHAR: 0x0f,
  BIT: 0x10,
  JSON: 0xf5,
  NEWDECIMAL: 0xf6,
  ENUM: 0xf7,
  SET: 0xf8,
  TINY_BLOB: 0xf9,
  MEDIUM_BLOB: 0xfa,
  LONG_BLOB: 0xfb,
  BLOB: 0xfc,
  VAR_STRING: 0xfd,
  STRING: 0xfe,
  GEOMETRY: 0xff,
} as const satisfies Record<string, number>;

/** Column flags as MySQL sends them. */
export const columnFlag = {
  NOT_NULL: 0x0001,
  PRIMARY_KEY: 0x0002,
  UNIQUE_KEY: 0x0004,
  MULTIPLE_KEY: 0x0008,
  BLOB: 0x0010,
  UNSIGNED: 0x0020,
  ZEROFILL: 0x0040,
  BINARY: 0x0080,
  ENUM: 0x0100,
  AUTO_INCREMENT: 0x0200,
  TIMESTAMP: 0x0400,
  SET: 0x0800,
} as const satisfies Record<string, number>;

/** A type as a column definition packet tells it. */
export interface WireType {
  readonly code: number;
  readonly flags: number;
  /** Number of the collation: 63 (binary) for everything that isn't text. */
  readonly charset: number;
  /** Bytes a client may need to show a value. */
  readonly length: number;
  /** Digits after the point; 31 where it isn't fixed. */
  readonly decimals: number;
}

/** The character set results are sent in: its number in column definitions, and its longest character. */
export type ResultCharset = Pick<Charset, 'number' | 'bytesPerCharacterMax'>;

const binaryCharset = 63;
/** "Not fixed", for FLOAT and DOUBLE without a scale. */
const decimalsNotFixed = 31;

/**
 * @returns what MySQL 5.7 reports of such a column: code, flags, character set, length, decimals
 */
export function wireType(column: Column, charset: ResultCharset = utf8mb4): WireType {
  const bare = bareWireType(column.type, charset);
  const calculated = column.originalTable === '' && bare.charset === binaryCharset;
  return { ...bare, flags: bare.flags | keyFlags(column) | (calculated ? columnFlag.BINARY : 0) };
}

function keyFlags(column: Column): number {
  return (
    (column.nullable ? 0 : columnFlag.NOT_NULL) |
    (column.primaryKey === true ? columnFlag.PRIMARY_KEY : 0) |
    (column.uniqueKey === true ? columnFlag.UNIQUE_KEY : 0) |
    (column.multipleKey === true ? columnFlag.MULTIPLE_KEY : 0) |
    (column.autoIncrement === true ? columnFlag.AUTO_INCREMENT : 0)
  );
}

function bareWireType(type: ColumnType, charset: ResultCharset): WireType {
  switch (type.name) {
    case 'tinyint':
      return integer(typeCode.TINY, type, { signed: 4, unsigned: 3 });
    case 'smallint':
      return integer(typeCode.SHORT, type, { signed: 6, unsigned: 5 });
    case 'mediumint':
      return integer(typeCode.INT24, type, { signed: 9, unsigned: 8 });
    case 'int':
      return integer(typeCode.LONG, type, { signed: 11, unsigned: 10 });
    case 'bigint':
      return integer(typeCode.LONGLONG, type, { signed: 20, unsigned: 20 });
    case 'decimal':
      return decimal(type);
    case 'float':
      return floating(typeCode.FLOAT, type, 12);
    case 'double':
      return floating(typeCode.DOUBLE, type, 22);
    case 'bit':
      return { ...plain(typeCode.BIT, type.length ?? 1), flags: columnFlag.UNSIGNED };
    case 'year':
      return { ...plain(typeCode.YEAR, 4), flags: columnFlag.UNSIGNED | columnFlag.ZEROFILL };
    case 'date':
      return { ...plain(typeCode.DATE, 10), flags: columnFlag.BINARY };
    case 'time':
      return temporal(typeCode.TIME, type, 10);
    case 'datetime':
      return temporal(typeCode.DATETIME, type, 19);
    case 'timestamp':
      return temporal(typeCode.TIMESTAMP, type, 19);
    case 'json':
      return { ...plain(typeCode.JSON, 0xffffffff), flags: columnFlag.BLOB | columnFlag.BINARY };
    case 'null':
      return { ...plain(typeCode.NULL, 0), flags: columnFlag.BINARY };
    case 'enum':
      return choice(columnFlag.ENUM, longest(type.members ?? []), charset);
    case 'set':
      return choice(columnFlag.SET, joined(type.members ?? []), charset);
    case 'char':
      return text(typeCode.STRING, type, type.length ?? 1, charset);
    case 'binary':
      return { ...plain(typeCode.STRING, type.length ?? 1), flags: columnFlag.BINARY };
    case 'varbinary':
      return { ...plain(typeCode.VAR_STRING, type.length ?? 0), flags: columnFlag.BINARY };
    case 'tinytext':
      return large(type, type.length ?? 0xff, charset);
    case 'text':
      return large(type, type.length ?? 0xffff, charset);
    case 'mediumtext':
      return large(type, 0xffffff, charset);
    case 'longtext':
      return large(type, 0xffffffff, charset);
    case 'tinyblob':
      return blob(type.length ?? 0xff);
    case 'blob':
      return blob(type.length ?? 0xffff);
    case 'mediumblob':
      return blob(0xffffff);
    case 'longblob':
      return blob(0xffffffff);
    default:
      return text(typeCode.VAR_STRING, type, type.length ?? 0, charset);
  }
}

function plain(code: number, length: number): WireType {
  return { code, flags: 0, charset: binaryCharset, length, decimals: 0 };
}

function integer(code: number, type: ColumnType, digits: { signed: number; unsigned: number }): WireType {
  const length = type.length ?? (type.unsigned === true ? digits.unsigned : digits.signed);
  return { ...plain(code, length), flags: numberFlags(type) };
}

function decimal(type: ColumnType): WireType {
  const scale = type.decimals ?? 0;
  const length = (type.length ?? 10) + (scale > 0 ? 1 : 0) + (type.unsigned === true ? 0 : 1);
  return { ...plain(typeCode.NEWDECIMAL, length), flags: numberFlags(type), decimals: scale };
}

function floating(code: number, type: ColumnType, length: number): WireType {
  const fixed = type.decimals !== undefined;
  return {
    ...plain(code, fixed ? (type.length ?? length) : length),
    flags: numberFlags(type),
    decimals: type.decimals ?? decimalsNotFixed,
  };
}

function temporal(code: number, type: ColumnType, length: number): WireType {
  const decimals = type.decimals ?? 0;
  return {
    ...plain(code, length + (decimals > 0 ? decimals + 1 : 0)),
    flags: columnFlag.BINARY,
    decimals,
  };
}

function numberFlags(type: ColumnType): number {
  const zerofill = type.zerofill === true;
  return (
    (type.unsigned === true || zerofill ? columnFlag.UNSIGNED : 0) | (zerofill ? columnFlag.ZEROFILL : 0)
  );
}

function text(code: number, type: ColumnType, characters: number, charset: ResultCharset): WireType {
  if (isBinary(type)) return { ...plain(code, characters), flags: columnFlag.BINARY };
  return {
    code,
    flags: type.collation?.endsWith('_bin') === true ? columnFlag.BINARY : 0,
    charset: charset.number,
    length: Math.min(0xffffffff, characters * charset.bytesPerCharacterMax),
    decimals: 0,
  };
}

function large(type: ColumnType, size: number, charset: ResultCharset): WireType {
  const as = text(typeCode.BLOB, type, size, charset);
  return { ...as, flags: as.flags | columnFlag.BLOB };
}

function blob(size: number): WireType {
  return { ...plain(typeCode.BLOB, size), flags: columnFlag.BLOB | columnFlag.BINARY };
}

function choice(flags: number, characters: number, charset: ResultCharset): WireType {
  const length = characters * charset.bytesPerCharacterMax;
  return { code: typeCode.STRING, flags, charset: charset.number, length, decimals: 0 };
}

function isBinary(type: ColumnType): boolean {
  return type.charset === 'binary' || type.collation === 'binary';
}

function longest(members: readonly string[]): number {
  return members.reduce((length, member) => Math.max(length, [...member].length), 0);
}

function joined(members: readonly string[]): number {
  return members.reduce((length, member) => length + [...member].length, Math.max(0, members.length - 1));
}
