/** A character set that can be named; text is kept in Unicode whichever is named. */
export interface Charset {
  readonly name: string;
  readonly description: string;
  readonly defaultCollation: string;
  /** Most bytes of one character. */
  readonly maxLength: number;
}

export interface Collation {
  readonly name: string;
  readonly charset: string;
  /** MySQL's number, as it stands in column definition packets. */
  readonly id: number;
  readonly isDefault: boolean;
}

/** Source: MySQL 5.7 SHOW CHARACTER SET, those OceanBase knows and those dump files name. */
export const charsets: readonly Charset[] = [
  { name: 'utf8mb4', description: 'UTF-8 Unicode', defaultCollation: 'utf8mb4_general_ci', maxLength: 4 },
  { name: 'utf8', description: 'UTF-8 Unicode', defaultCollation: 'utf8_general_ci', maxLength: 3 },
  { name: 'binary', description: 'Binary pseudo charset', defaultCollation: 'binary', maxLength: 1 },
  {
    name: 'latin1',
    description: 'cp1252 West European',
    defaultCollation: 'latin1_swedish_ci',
    maxLength: 1,
  },
  { name: 'ascii', description: 'US ASCII', defaultCollation: 'ascii_general_ci', maxLength: 1 },
  { name: 'gbk', description: 'GBK Simplified Chinese', defaultCollation: 'gbk_chinese_ci', maxLength: 2 },
  {
    name: 'gb18030',
    description: 'China National Standard GB18030',
    defaultCollation: 'gb18030_chinese_ci',
    maxLength: 4,
  },
  {
    name: 'big5',
    description: 'Big5 Traditional Chinese',
    defaultCollation: 'big5_chinese_ci',
    maxLength: 2,
  },
  {
    name: 'gb2312',
    description: 'GB2312 Simplified Chinese',
    defaultCollation: 'gb2312_chinese_ci',
    maxLength: 2,
  },
  {
    name: 'latin2',
    description: 'ISO 8859-2 Central European',
    defaultCollation: 'latin2_general_ci',
    maxLength: 1,
  },
  {
    name: 'cp1250',
    description: 'Windows Central European',
    defaultCollation: 'cp1250_general_ci',
    maxLength: 1,
  },
  { name: 'cp1251', description: 'Windows Cyrillic', defaultCollation: 'cp1251_general_ci', maxLength: 1 },
  { name: 'koi8r', description: 'KOI8-R Relcom Russian', defaultCollation: 'koi8r_general_ci', maxLength: 1 },
  { name: 'utf16', description: 'UTF-16 Unicode', defaultCollation: 'utf16_general_ci', maxLength: 4 },
];

/** [name, charset, id]; the first of a set is its default. */
const collationRows: readonly (readonly [string, string, number])[] = [
  ['utf8mb4_general_ci', 'utf8mb4', 45],
  ['utf8mb4_bin', 'utf8mb4', 46],
  ['utf8mb4_unicode_ci', 'utf8mb4', 224],
  ['utf8mb4_unicode_520_ci', 'utf8mb4', 246],
  ['utf8mb4_0900_ai_ci', 'utf8mb4', 255],
  ['utf8mb4_0900_bin', 'utf8mb4', 309],
  ['utf8mb4_0900_as_cs', 'utf8mb4', 278],
  ['utf8mb4_0900_as_ci', 'utf8mb4', 305],
  ['utf8mb4_zh_0900_as_cs', 'utf8mb4', 308],
  ['utf8_general_ci', 'utf8', 33],
  ['utf8_bin', 'utf8', 83],
  ['utf8_unicode_ci', 'utf8', 192],
  ['utf8_unicode_520_ci', 'utf8', 214],
  ['binary', 'binary', 63],
  ['latin1_swedish_ci', 'latin1', 8],
  ['latin1_bin', 'latin1', 47],
  ['latin1_general_ci', 'latin1', 48],
  ['latin1_general_cs', 'latin1', 49],
  ['ascii_general_ci', 'ascii', 11],
  ['ascii_bin', 'ascii', 65],
  ['gbk_chinese_ci', 'gbk', 28],
  ['gbk_bin', 'gbk', 87],
  ['gb18030_chinese_ci', 'gb18030', 248],
  ['gb18030_bin', 'gb18030', 249],
  ['latin1_german1_ci', 'latin1', 5],
  ['latin1_german2_ci', 'latin1', 31],
  ['latin1_spanish_ci', 'latin1', 94],
  ['big5_chinese_ci', 'big5', 1],
  ['big5_bin', 'big5', 84],
  ['gb2312_chinese_ci', 'gb2312', 24],
  ['gb2312_bin', 'gb2312', 86],
  ['latin2_general_ci', 'latin2', 9],
  ['latin2_bin', 'latin2', 77],
  ['cp1250_general_ci', 'cp1250', 26],
  ['cp1250_bin', 'cp1250', 66],
  ['cp1251_general_ci', 'cp1251', 51],
  ['cp1251_bin', 'cp1251', 50],
  ['koi8r_general_ci', 'koi8r', 7],
  ['koi8r_bin', 'koi8r', 74],
  ['utf16_general_ci', 'utf16', 54],
  ['utf16_bin', 'utf16', 55],
];

export const collations: readonly Collation[] = collationRows.map(([name, charset, id]) => ({
  name,
  charset,
  id,
  isDefault: charsets.some((set) => set.defaultCollation === name),
}));

const charsetByName = new Map(charsets.map((charset) => [charset.name, charset]));
const collationByName = new Map(collations.map((collation) => [collation.name, collation]));

/** @param name without regard to case; `utf8mb3` and `charset` aliases are known */
export function findCharset(name: string): Charset | undefined {
  const lower = name.toLowerCase();
  return charsetByName.get(lower === 'utf8mb3' ? 'utf8' : lower);
}

export function findCollation(name: string): Collation | undefined {
  const lower = name.toLowerCase();
  return collationByName.get(lower.replace(/^utf8mb3_/, 'utf8_'));
}

/** Whether equal means equal bytes: `_bin`, `_cs` and `binary`. */
export function isCaseSensitive(collation: string): boolean {
  return collation === 'binary' || collation.endsWith('_bin') || collation.endsWith('_cs');
}
