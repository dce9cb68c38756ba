import { isObError } from '@sealane/errors';
import t from 'tap';
import type { SqlType } from '../../src/sql-type.ts';
import { fromStored } from '../../src/types/from-stored.ts';
import { storeRules } from '../../src/types/store-rules.ts';
import { toStored } from '../../src/types/to-stored.ts';
import { typeText } from '../../src/types/type-text.ts';
import type { CellValue, SqlValue } from '../../src/values.ts';

const strict = storeRules('STRICT_ALL_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE');
const lax = storeRules('');

function store(rules: ReturnType<typeof storeRules>, warnings: string[]) {
  return {
    rules,
    timeZone: '+08:00',
    column: 'c',
    row: 1,
    warn: (level: string, errno: number, message: string) => warnings.push(`${level} ${errno} ${message}`),
  };
}

type Row = readonly [SqlType, CellValue, SqlValue, CellValue];
const bytes = (...list: number[]) => Uint8Array.from(list);
const color: SqlType = { name: 'enum', members: ['red', 'green', 'it,s'] };
const flags: SqlType = { name: 'set', members: ['a', 'b', 'c'] };

const stored: readonly Row[] = [
  [{ name: 'tinyint' }, 127n, 127n, 127n],
  [{ name: 'int' }, '12.5', 13n, 13n],
  [{ name: 'int' }, 2.5, 2n, 2n],
  [{ name: 'int' }, '1e3', 1000n, 1000n],
  [{ name: 'bigint', unsigned: true }, 18446744073709551615n, '18446744073709551615', 18446744073709551615n],
  [{ name: 'bigint', unsigned: true }, '9223372036854775808', '09223372036854775808', 9223372036854775808n],
  [{ name: 'bigint', unsigned: true }, 9223372036854775807n, 9223372036854775807n, 9223372036854775807n],
  [{ name: 'decimal', length: 5, decimals: 2 }, '1.5', '1001.50', '1.50'],
  [{ name: 'decimal', length: 5, decimals: 2 }, '-1.5', '0998.49', '-1.50'],
  [{ name: 'decimal', length: 5, decimals: 2 }, '-0.00', '1000.00', '0.00'],
  [{ name: 'decimal', length: 2, decimals: 2 }, '-.05', '0.94', '-0.05'],
  [{ name: 'decimal', length: 3 }, -999n, '0000', '-999'],
  [
    { name: 'decimal', length: 65, decimals: 30 },
    1n,
    `1${'1'.padStart(35, '0')}.${'0'.repeat(30)}`,
    `1.${'0'.repeat(30)}`,
  ],
  [{ name: 'float' }, 0.1, Math.fround(0.1), Math.fround(0.1)],
  [{ name: 'double', length: 7, decimals: 2 }, 1.005e2, 100.5, 100.5],
  [{ name: 'year' }, 69n, 2069n, 2069n],
  [{ name: 'year' }, '70', 1970n, 1970n],
  [{ name: 'date' }, '2024-2-9', '2024-02-09', '2024-02-09'],
  [{ name: 'date' }, 20240229n, '2024-02-29', '2024-02-29'],
  [
    { name: 'datetime', decimals: 3 },
    '2024-12-31 23:59:59.9996',
    '2025-01-01 00:00:00.000',
    '2025-01-01 00:00:00.000',
  ],
  [{ name: 'datetime' }, '20240229130500', '2024-02-29 13:05:00', '2024-02-29 13:05:00'],
  [{ name: 'timestamp' }, '2024-01-01 00:00:00', '2023-12-31 16:00:00', '2024-01-01 00:00:00'],
  [{ name: 'time' }, '-12:30:00', -45_000_000_000n, '-12:30:00'],
  [{ name: 'time', decimals: 2 }, '1 02:03:04.567', 93_784_570_000n, '26:03:04.57'],
  [{ name: 'time' }, 130501n, 47_101_000_000n, '13:05:01'],
  [{ name: 'char', length: 4 }, 'ab  ', 'ab', 'ab'],
  [{ name: 'varchar', length: 2 }, '汉字', '汉字', '汉字'],
  [{ name: 'varchar', length: 8 }, 1.5, '1.5', '1.5'],
  [{ name: 'binary', length: 3 }, 'a', bytes(97, 0, 0), bytes(97, 0, 0)],
  [{ name: 'blob' }, bytes(0, 255), bytes(0, 255), bytes(0, 255)],
  [{ name: 'bit', length: 10 }, 513n, 513n, bytes(2, 1)],
  [
    { name: 'bit', length: 64 },
    bytes(255, 255, 255, 255, 255, 255, 255, 255),
    '18446744073709551615',
    bytes(255, 255, 255, 255, 255, 255, 255, 255),
  ],
  [color, 'GREEN', 2n, 'green'],
  [color, 3n, 3n, 'it,s'],
  [flags, 'c,a', 5n, 'a,c'],
  [flags, 6n, 6n, 'b,c'],
  [
    { name: 'json' },
    '{"bb":1,"a":[1,2.50,1e30],"a":"\\u00e9"}',
    '{"a": "é", "bb": 1}',
    '{"a": "é", "bb": 1}',
  ],
  [{ name: 'json' }, ' [1.0, true,null] ', '[1.0, true, null]', '[1.0, true, null]'],
];

t.test('a value is stored in the form SQLite sorts, and read back as a client expects it', async (t) => {
  for (const [type, given, kept, shown] of stored) {
    const warnings: string[] = [];
    const value = toStored(type, given, store(strict, warnings));
    t.strictSame(value, kept, `${typeText(type)} keeps ${String(given)}`);
    t.strictSame(fromStored(type, value, '+08:00'), shown, `${typeText(type)} shows ${String(given)}`);
  }
});

const refused: readonly (readonly [SqlType, CellValue, number, string, SqlValue])[] = [
  [{ name: 'tinyint' }, 128n, 1264, "Out of range value for column 'c' at row 1", 127n],
  [{ name: 'int', unsigned: true }, -1n, 1264, "Out of range value for column 'c' at row 1", 0n],
  [{ name: 'int' }, 'abc', 1366, "Incorrect integer value: 'abc' for column 'c' at row 1", 0n],
  [{ name: 'int' }, '12abc', 1265, "Data truncated for column 'c' at row 1", 12n],
  [
    { name: 'decimal', length: 3, decimals: 1 },
    '100',
    1264,
    "Out of range value for column 'c' at row 1",
    '199.9',
  ],
  [{ name: 'varchar', length: 2 }, 'abc', 1406, "Data too long for column 'c' at row 1", 'ab'],
  [
    { name: 'varchar', length: 2 },
    bytes(255),
    1366,
    "Incorrect string value: '\\xFF' for column 'c' at row 1",
    '',
  ],
  [
    { name: 'date' },
    '2023-02-29',
    1292,
    "Incorrect date value: '2023-02-29' for column 'c' at row 1",
    '0000-00-00',
  ],
  [
    { name: 'datetime' },
    'x',
    1292,
    "Incorrect datetime value: 'x' for column 'c' at row 1",
    '0000-00-00 00:00:00',
  ],
  [
    { name: 'timestamp' },
    '1970-01-01 08:00:00',
    1292,
    "Incorrect datetime value: '1970-01-01 08:00:00' for column 'c' at row 1",
    '0000-00-00 00:00:00',
  ],
  [
    { name: 'time' },
    '839:00:00',
    1292,
    "Incorrect time value: '839:00:00' for column 'c' at row 1",
    3_020_399_000_000n,
  ],
  [{ name: 'bit', length: 2 }, 4n, 1406, "Data too long for column 'c' at row 1", 3n],
  [color, 'blue', 1265, "Data truncated for column 'c' at row 1", 0n],
  [flags, 'a,x', 1265, "Data truncated for column 'c' at row 1", 1n],
];

t.test('what does not fit is an error in strict mode, and cut with a warning otherwise', async (t) => {
  for (const [type, given, errno, message, kept] of refused) {
    try {
      toStored(type, given, store(strict, []));
      t.fail(`${typeText(type)} must refuse ${String(given)}`);
    } catch (error) {
      if (!isObError(error)) throw error;
      t.strictSame([error.errno, error.message], [errno, message]);
    }
    const warnings: string[] = [];
    t.strictSame(
      toStored(type, given, store(lax, warnings)),
      kept,
      `${typeText(type)} cuts ${String(given)}`,
    );
    t.strictSame(warnings, [warningOf(type, errno) ?? `Warning ${errno} ${message}`]);
  }
});

/** What is too long is warned of in other words than it is refused in. */
function warningOf({ name }: SqlType, errno: number): string | undefined {
  if (errno !== 1406) return undefined;
  return name === 'bit'
    ? "Warning 1264 Out of range value for column 'c' at row 1"
    : "Warning 1265 Data truncated for column 'c' at row 1";
}

t.test('digits and spaces that are cut leave a note, even in strict mode', async (t) => {
  const warnings: string[] = [];
  t.equal(toStored({ name: 'decimal', length: 5, decimals: 1 }, '1.25', store(strict, warnings)), '10001.3');
  t.equal(toStored({ name: 'varchar', length: 1 }, 'a  ', store(strict, warnings)), 'a');
  t.equal(toStored({ name: 'date' }, '2024-01-01 10:00:00', store(strict, warnings)), '2024-01-01');
  t.strictSame(warnings, Array(3).fill("Note 1265 Data truncated for column 'c' at row 1"));
});

t.test('zero dates follow sql_mode', async (t) => {
  const date: SqlType = { name: 'date' };
  t.throws(() => toStored(date, '0000-00-00', store(strict, [])), /Incorrect date value/);
  t.throws(() => toStored(date, '2024-00-01', store(strict, [])), /Incorrect date value/);
  const noModes = storeRules('STRICT_TRANS_TABLES');
  t.equal(toStored(date, '0000-00-00', store(noModes, [])), '0000-00-00');
  t.equal(toStored(date, '2024-00-01', store(noModes, [])), '2024-00-01');
});

t.test('invalid JSON is refused with its position in every mode', async (t) => {
  t.throws(() => toStored({ name: 'json' }, '{"a": }', store(lax, [])), {
    message: 'Invalid JSON text: "Invalid value." at position 6 in value for column \'c\'.',
  });
});
