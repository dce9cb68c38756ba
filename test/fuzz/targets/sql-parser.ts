import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeQueryText, encodeQueryText } from '@sealane/mysql-protocol';
import { parseScript } from '@sealane/sql';
import type { Chance } from '../../simulation/random.ts';
import { must, outcomeOf, type Target } from '../target.ts';
import { someText } from '../values.ts';

/** The text of COM_QUERY: byte 0 is the sql_mode, the rest any bytes, UTF-8 or not. */
export const sqlParser: Target = {
  name: 'sql-parser',
  inputSizeMax: 48 * 1024,
  tokens: words(),
  generate(chance: Chance): Uint8Array {
    const text = chance.happens(0.7) ? chance.pick(statements) : someNested(chance);
    const behind = chance.happens(0.1) ? `; ${chance.pick(statements)}` : '';
    return Uint8Array.from([chance.below(modes.length), ...Buffer.from(text + behind)]);
  },
  run(input) {
    const bytes = input.subarray(1);
    const text = decodeQueryText(bytes);
    must(Buffer.compare(encodeQueryText(text), bytes) === 0, 'a text does not give its bytes back');
    const sqlMode = modes[(input[0] ?? 0) % modes.length] ?? '';
    const kinds = new Set<string>();
    const outcome = outcomeOf(() => {
      for (const { statement, text: own } of parseScript(text, { sqlMode })) {
        must(statement.start >= 0 && statement.end <= own.length, 'a statement lies outside of its text');
        kinds.add(statement.kind);
      }
      return '';
    });
    return `${[...kinds].slice(0, 2).join()} ${outcome.slice(0, 40)}`;
  },
};

const modes = [
  '',
  'ANSI_QUOTES',
  'PIPES_AS_CONCAT',
  'NO_BACKSLASH_ESCAPES',
  'HIGH_NOT_PRECEDENCE,IGNORE_SPACE',
] as const;

/** What the differential tests run. */
const statements = (() => {
  const folder = join(import.meta.dirname, '../../differential/scripts');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').split(/;\s*\n/));
})();

/** What makes parsers recurse, and what makes them go back. */
function someNested(chance: Chance): string {
  const depth = Math.floor(chance.skewed(1, 3_000));
  const [open, inner, close] = chance.pick(nestings);
  return `SELECT ${open.repeat(depth)}${inner}${close.repeat(chance.happens(0.9) ? depth : depth - 1)} ${someText(chance, 20)}`;
}

const nestings = [
  ['(', '1', ')'],
  ['(SELECT ', '1', ')'],
  ['-', '1', ''],
  ['NOT ', 'a', ''],
  ['!', 'a', ''],
  ['~', '1', ''],
  ['f(', '1', ')'],
  ['CASE WHEN 1 THEN ', '1', ' END'],
  ['a OR ', 'a', ''],
  ['a.', 'b', ''],
  ['1 + ', '1', ''],
  ['1, ', '1', ''],
  ['a IN (', '1', ')'],
  ['a BETWEEN 1 AND ', '1', ''],
  ['1 FROM (SELECT ', '1', ') t'],
  ['/*', 'x', '*/'],
  ['/*!50000 ', '1', '*/'],
  ['1 UNION SELECT ', '1', ''],
  ['BINARY ', 'a', ''],
  ['INTERVAL ', '1', ' DAY'],
  ["'a' ", "'b'", ''],
  ['@', 'a', ''],
  ['`', 'a', '`'],
  ['((SELECT 1) UNION ', '(SELECT 2)', ')'],
] as const;

function words(): Uint8Array[] {
  const list =
    'SELECT FROM WHERE GROUP BY ORDER LIMIT UNION ALL INSERT INTO VALUES UPDATE SET DELETE CREATE TABLE ALTER DROP INDEX PRIMARY KEY ' +
    'JOIN LEFT ON USING NATURAL CASE WHEN THEN END AND OR NOT XOR IN BETWEEN LIKE ESCAPE REGEXP IS NULL EXISTS ANY INTERVAL DAY ' +
    'GRANT REVOKE IDENTIFIED REQUIRE SSL SUBJECT SHOW SET GLOBAL NAMES BEGIN COMMIT SAVEPOINT PREPARE EXECUTE CALL WITH RECURSIVE ' +
    'PARTITION HASH OVER ROWS UNBOUNDED PRECEDING CAST AS CONVERT CHARSET COLLATE BINARY _utf8mb4 CURRENT_TIMESTAMP TENANT SYSTEM';
  const signs = [
    '(',
    ')',
    ',',
    ';',
    '?',
    '*',
    '.',
    '@',
    '@@',
    ':=',
    '=',
    '<=>',
    '||',
    '&&',
    '/*',
    '*/',
    '-- ',
    '#',
    "'",
    '"',
    '`',
    '\\',
    '0x',
    "x'",
    "b'",
    "N'",
    '1e',
    '1.',
    '\0',
    '\u00ff',
    '\u{1f600}',
    '->',
    '->>',
  ];
  return [...list.split(' ').map((word) => ` ${word} `), ...signs].map((word) => Buffer.from(word));
}
