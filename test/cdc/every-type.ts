import type { Random } from './random.ts';

/** A table with a column of every type, and how its columns get random values, as SQL text. */

type Value = (random: Random) => string;

const texts = [
  '',
  'a',
  "it's",
  'back\\slash',
  'zwei\nZeilen',
  'ÄÖÜ ß',
  '日本語',
  '🙂 four bytes',
  'NULL',
  '100%',
] as const;

const columns: Readonly<Record<string, readonly [type: string, value: Value]>> = {
  c_tinyint: ['TINYINT', (r) => String(r.below(256) - 128)],
  c_utinyint: ['TINYINT UNSIGNED', (r) => String(r.below(256))],
  c_smallint: ['SMALLINT', (r) => String(r.below(65_536) - 32_768)],
  c_mediumint: ['MEDIUMINT', (r) => String(r.below(2 ** 24) - 2 ** 23)],
  c_int: ['INT', (r) => String(r.below(2 ** 32) - 2 ** 31)],
  c_zerofill: ['INT(8) ZEROFILL', (r) => String(r.below(100_000_000))],
  c_bigint: [
    'BIGINT',
    (r) => r.of(['9223372036854775807', '-9223372036854775808', '-1', '12345678901234567']),
  ],
  c_ubigint: ['BIGINT UNSIGNED', (r) => r.of(['18446744073709551615', '9223372036854775808', '7'])],
  c_decimal: [
    'DECIMAL(20,6)',
    (r) => `${r.below(1_000_000) - 500_000}.${String(r.below(1_000_000)).padStart(6, '0')}`,
  ],
  c_float: ['FLOAT', (r) => String((r.below(2_000) - 1_000) / 8)],
  c_double: ['DOUBLE', (r) => String((r.below(2 ** 31) - 2 ** 30) / 1024)],
  c_bit: ['BIT(13)', (r) => `b'${r.below(8192).toString(2)}'`],
  c_year: ['YEAR', (r) => String(1901 + r.below(255))],
  c_date: ['DATE', (r) => `'${1000 + r.below(8999)}-${two(1 + r.below(12))}-${two(1 + r.below(28))}'`],
  c_time: ['TIME(3)', (r) => `'${r.chance(0.5) ? '-' : ''}${two(r.below(800))}:${clock(r)}.${three(r)}'`],
  c_datetime: ['DATETIME(6)', (r) => `'${day(r)} ${two(r.below(24))}:${clock(r)}.${three(r)}${three(r)}'`],
  c_timestamp: ['TIMESTAMP(3) NULL', (r) => `'${day(r)} ${two(r.below(24))}:${clock(r)}.${three(r)}'`],
  c_char: ['CHAR(20)', (r) => text(r)],
  c_varchar: ['VARCHAR(60)', (r) => text(r)],
  c_tinytext: ['TINYTEXT', (r) => text(r)],
  c_text: ['TEXT', (r) => text(r)],
  c_mediumtext: ['MEDIUMTEXT', (r) => `REPEAT(${text(r)}, ${r.below(40)})`],
  c_longtext: ['LONGTEXT', (r) => text(r)],
  c_binary: ['BINARY(6)', (r) => bytes(r, 6)],
  c_varbinary: ['VARBINARY(20)', (r) => bytes(r, r.below(20))],
  c_tinyblob: ['TINYBLOB', (r) => bytes(r, r.below(20))],
  c_blob: ['BLOB', (r) => bytes(r, r.below(200))],
  c_mediumblob: ['MEDIUMBLOB', (r) => bytes(r, r.below(60))],
  c_longblob: ['LONGBLOB', (r) => bytes(r, r.below(60))],
  c_enum: ["ENUM('x','y','z''z')", (r) => r.of(["'x'", "'y'", "'z''z'"])],
  c_set: ["SET('p','q','r')", (r) => r.of(["''", "'p'", "'q,r'", "'p,q,r'"])],
  c_json: ['JSON', (r) => r.of(['\'{"a": [1, 2.5, null]}\'', "'[]'", '\'"text"\'', "'17'"])],
};

export const columnNames = Object.keys(columns);

export const createEveryType = `CREATE TABLE every_type (
  id BIGINT AUTO_INCREMENT PRIMARY KEY,
  code VARCHAR(24) NOT NULL,
  ${Object.entries(columns)
    .map(([name, [type]]) => `${name} ${type}`)
    .join(',\n  ')},
  g_stored BIGINT GENERATED ALWAYS AS (c_smallint * 2) STORED,
  g_virtual VARCHAR(30) GENERATED ALWAYS AS (CONCAT(code, '!')) VIRTUAL,
  UNIQUE KEY (code)
)`;

/** NULL now and then. */
export function valueFor(name: string, random: Random): string {
  const [, value] = columns[name] ?? ['', () => 'NULL'];
  return random.chance(0.08) ? 'NULL' : value(random);
}

function text(random: Random): string {
  const chosen: string = texts[random.below(texts.length)] ?? '';
  return `'${chosen.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}

function bytes(random: Random, size: number): string {
  const hex = Array.from({ length: size }, () => two(random.below(256), 16)).join('');
  return `X'${hex}'`;
}

function day(random: Random): string {
  return `${1971 + random.below(60)}-${two(1 + random.below(12))}-${two(1 + random.below(28))}`;
}

function clock(random: Random): string {
  return `${two(random.below(60))}:${two(random.below(60))}`;
}

function three(random: Random): string {
  return String(random.below(1000)).padStart(3, '0');
}

function two(value: number, radix = 10): string {
  return value.toString(radix).padStart(2, '0');
}
