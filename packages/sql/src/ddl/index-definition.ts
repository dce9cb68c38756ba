import { ObError } from '@sealane/errors';
import type { IndexNode, IndexPart } from '../ast.ts';
import type { ColumnDefinition, IndexDefinition } from '../catalog.ts';
import type { SqlType } from '../sql-type.ts';
import { findCharset } from '../types/charset.ts';
import { sameName } from './names.ts';

const indexesMax = 128;
const partsMax = 64;
/** OceanBase's limit of a key's bytes. */
const keyBytesMax = 16_384;
const commentLengthMax = 1024;

/** Settles an index as written. @throws 1059, 1061, 1070, 1071, 1072, 1089, 1170, 1280, 3152 */
export function indexDefinition(
  node: IndexNode,
  columns: readonly ColumnDefinition[],
  others: readonly IndexDefinition[],
): IndexDefinition {
  if (node.type === 'spatial') throw new ObError('OB_NOT_SUPPORTED', ['SPATIAL INDEX']);
  const fulltext = node.type === 'fulltext';
  const parts = node.parts.map((part) => indexPart(part, columns, fulltext));
  checkParts(parts, columns, node.type === 'unique');
  const comment = node.options.comment ?? '';
  if (comment.length > commentLengthMax) {
    throw new ObError('OB_ERR_TOO_LONG_INDEX_COMMENT', [node.name ?? '', commentLengthMax]);
  }
  return {
    name: indexName(node.name, parts, others),
    unique: node.type === 'unique',
    kind: fulltext ? 'fulltext' : 'btree',
    columns: parts,
    comment,
  };
}

/** @returns the key's column names, as the columns spell them. @throws 1072 */
export function keyColumns(
  parts: readonly IndexPart[],
  columns: readonly ColumnDefinition[],
): readonly string[] {
  return parts.map((part) => indexPart(part, columns, false).name);
}

/** @throws 1061 for a name that is taken, 1280 for PRIMARY, 1059 for one that is too long */
export function checkIndexName(name: string, others: readonly IndexDefinition[]): void {
  if (name === '' || name.endsWith(' ') || sameName(name, 'PRIMARY')) {
    throw new ObError('OB_WRONG_NAME_FOR_INDEX', [name]);
  }
  if ([...name].length > 64) throw new ObError('OB_ERR_TOO_LONG_IDENT', [name]);
  if (others.some((other) => sameName(other.name, name)))
    throw new ObError('OB_ERR_KEY_NAME_DUPLICATE', [name]);
  if (others.length >= indexesMax) throw new ObError('OB_ERR_TOO_MANY_KEYS', [indexesMax]);
}

/** MySQL's order: unique ones first, those without NULL before the others; FULLTEXT last. */
export function sortIndexes(
  indexes: readonly IndexDefinition[],
  columns: readonly ColumnDefinition[],
): readonly IndexDefinition[] {
  const nullable = new Map(columns.map((column) => [column.name.toLowerCase(), column.nullable]));
  const rank = (index: IndexDefinition): number => {
    if (index.kind === 'fulltext') return 3;
    if (!index.unique) return 2;
    return index.columns.some((part) => nullable.get(part.name.toLowerCase()) === true) ? 1 : 0;
  };
  return indexes.toSorted((a, b) => rank(a) - rank(b));
}

type Part = IndexDefinition['columns'][number];

function indexName(
  given: string | undefined,
  parts: readonly Part[],
  others: readonly IndexDefinition[],
): string {
  const base = given ?? parts[0]?.name ?? '';
  let name = base;
  for (let next = 2; given === undefined && others.some((other) => sameName(other.name, name)); next += 1) {
    name = `${base}_${next}`;
  }
  if (given === undefined && sameName(name, 'PRIMARY')) name = `${base}_2`;
  checkIndexName(name, others);
  return name;
}

function indexPart(part: IndexPart, columns: readonly ColumnDefinition[], fulltext: boolean): Part {
  const wanted = part.column;
  if (wanted === undefined) throw new ObError('OB_NOT_SUPPORTED', ['functional index']);
  const column = columns.find((candidate) => sameName(candidate.name, wanted));
  if (column === undefined || column.hidden === true) {
    throw new ObError('OB_ERR_KEY_COLUMN_DOES_NOT_EXITS', [wanted]);
  }
  if (column.type.name === 'json') throw new ObError('OB_ERR_JSON_USED_AS_KEY', [column.name]);
  if (fulltext) return fulltextPart(column);
  const prefix = prefixOf(part, column);
  return {
    name: column.name,
    ...(prefix === undefined ? {} : { prefixLength: prefix }),
    ...(part.direction === 'DESC' ? { descending: true } : {}),
  };
}

function fulltextPart(column: ColumnDefinition): Part {
  if (!/char$|text$/.test(column.type.name)) throw new ObError('OB_ERR_BAD_FT_COLUMN', [column.name]);
  return { name: column.name };
}

function prefixOf(part: IndexPart, { name, type }: ColumnDefinition): number | undefined {
  const long = /text$|blob$/.test(type.name);
  if (part.prefixLength === undefined) {
    if (long) throw new ObError('ER_BLOB_KEY_WITHOUT_LENGTH', [name]);
    return undefined;
  }
  if (part.prefixLength === 0) throw new ObError('OB_KEY_PART_0', [name]);
  const sized = /char$|binary$/.test(type.name);
  if (!long && !(sized && part.prefixLength <= (type.length ?? 1))) throw new ObError('OB_WRONG_SUB_KEY');
  return sized && part.prefixLength === type.length ? undefined : part.prefixLength;
}

function checkParts(parts: readonly Part[], columns: readonly ColumnDefinition[], unique: boolean): void {
  if (parts.length > partsMax) throw new ObError('OB_ERR_TOO_MANY_ROWKEY_COLUMNS', [partsMax]);
  const seen = new Set<string>();
  let bytes = 0;
  for (const part of parts) {
    const key = part.name.toLowerCase();
    if (seen.has(key)) throw new ObError('OB_ERR_COLUMN_DUPLICATE', [part.name]);
    seen.add(key);
    const column = columns.find((candidate) => candidate.name === part.name);
    if (column !== undefined) bytes += keyBytes(column.type, part.prefixLength);
  }
  if (unique && bytes > keyBytesMax) throw new ObError('OB_ERR_TOO_LONG_KEY_LENGTH', [keyBytesMax]);
}

function keyBytes(type: SqlType, prefixLength: number | undefined): number {
  if (!/char$|binary$|text$|blob$/.test(type.name)) return 8;
  return (prefixLength ?? type.length ?? 1) * (findCharset(type.charset ?? 'binary')?.maxLength ?? 1);
}
