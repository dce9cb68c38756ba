/** The modes by their bits, as `SET sql_mode = 4194304` counts them. Source: MySQL 5.7's reference. */
const modes = [
  'REAL_AS_FLOAT',
  'PIPES_AS_CONCAT',
  'ANSI_QUOTES',
  'IGNORE_SPACE',
  'NOT_USED',
  'ONLY_FULL_GROUP_BY',
  'NO_UNSIGNED_SUBTRACTION',
  'NO_DIR_IN_CREATE',
  'POSTGRESQL',
  'ORACLE',
  'MSSQL',
  'DB2',
  'MAXDB',
  'NO_KEY_OPTIONS',
  'NO_TABLE_OPTIONS',
  'NO_FIELD_OPTIONS',
  'MYSQL323',
  'MYSQL40',
  'ANSI',
  'NO_AUTO_VALUE_ON_ZERO',
  'NO_BACKSLASH_ESCAPES',
  'STRICT_TRANS_TABLES',
  'STRICT_ALL_TABLES',
  'NO_ZERO_IN_DATE',
  'NO_ZERO_DATE',
  'ALLOW_INVALID_DATES',
  'ERROR_FOR_DIVISION_BY_ZERO',
  'TRADITIONAL',
  'NO_AUTO_CREATE_USER',
  'HIGH_NOT_PRECEDENCE',
  'NO_ENGINE_SUBSTITUTION',
  'PAD_CHAR_TO_FULL_LENGTH',
] as const;

/** Modes that stand for several. */
const combinations: Readonly<Record<string, readonly string[]>> = {
  ANSI: ['REAL_AS_FLOAT', 'PIPES_AS_CONCAT', 'ANSI_QUOTES', 'IGNORE_SPACE', 'ONLY_FULL_GROUP_BY', 'ANSI'],
  TRADITIONAL: [
    'STRICT_TRANS_TABLES',
    'STRICT_ALL_TABLES',
    'NO_ZERO_IN_DATE',
    'NO_ZERO_DATE',
    'ERROR_FOR_DIVISION_BY_ZERO',
    'TRADITIONAL',
    'NO_AUTO_CREATE_USER',
    'NO_ENGINE_SUBSTITUTION',
  ],
  ORACLE: ['PIPES_AS_CONCAT', 'ANSI_QUOTES', 'IGNORE_SPACE', 'ORACLE', 'NO_AUTO_CREATE_USER'],
};

/** Accepted without effect, from MySQL 8 and MariaDB: dump files set them. */
const ignored = new Set([
  'TIME_TRUNCATE_FRACTIONAL',
  'IGNORE_BAD_TABLE_OPTIONS',
  'SIMULTANEOUS_ASSIGNMENT',
  'EMPTY_STRING_IS_NULL',
  'TIME_ROUND_FRACTIONAL',
]);

/** @returns the modes in MySQL's order with commas, or the word that is no mode */
export function normaliseSqlMode(text: string): { readonly mode: string } | { readonly unknown: string } {
  const on = new Set<string>();
  for (const word of text.split(',').map((part) => part.trim().toUpperCase())) {
    if (word === '' || ignored.has(word)) continue;
    if (!modes.includes(word as (typeof modes)[number])) return { unknown: word };
    for (const mode of combinations[word] ?? [word]) on.add(mode);
  }
  return { mode: modes.filter((mode) => on.has(mode)).join(',') };
}

export function sqlModeOfBits(bits: bigint): string | undefined {
  if (bits < 0n || bits >= 1n << BigInt(modes.length)) return undefined;
  return modes.filter((_, index) => (bits >> BigInt(index)) & 1n).join(',');
}
