import fc from 'fast-check';
import t from 'tap';
import {
  type ColumnType,
  decodeQueryText,
  encodeQueryText,
  nativePasswordHash,
  nativePasswordMatches,
  nativePasswordResponse,
  wireType,
} from '../src/index.ts';
import { doubleText, floatText } from '../src/number-text.ts';
import { cellText } from '../src/packets/text-row.ts';

function wire(type: ColumnType, more: object = {}): string {
  const column = {
    database: 'd',
    table: 't',
    originalTable: 't',
    name: 'c',
    originalName: 'c',
    nullable: true,
    ...more,
  };
  const { code, flags, charset, length, decimals } = wireType({ ...column, type });
  return [code, flags, charset, length, decimals].join(' ');
}

t.test('types are reported as MySQL 5.7 reports them: code, flags, character set, length, decimals', (t) => {
  t.equal(wire({ name: 'tinyint', length: 1 }), '1 0 63 1 0');
  t.equal(wire({ name: 'int' }), '3 0 63 11 0');
  t.equal(wire({ name: 'int', unsigned: true }), '3 32 63 10 0');
  t.equal(wire({ name: 'int', length: 5, zerofill: true }), '3 96 63 5 0');
  t.equal(
    wire({ name: 'bigint' }, { nullable: false, primaryKey: true, autoIncrement: true }),
    '8 515 63 20 0',
  );
  t.equal(wire({ name: 'decimal', length: 10, decimals: 2 }), '246 0 63 12 2');
  t.equal(wire({ name: 'decimal', length: 10, decimals: 0, unsigned: true }), '246 32 63 10 0');
  t.equal(wire({ name: 'float' }), '4 0 63 12 31');
  t.equal(wire({ name: 'double', length: 10, decimals: 3 }), '5 0 63 10 3');
  t.equal(wire({ name: 'bit', length: 64 }), '16 32 63 64 0');
  t.equal(wire({ name: 'year' }), '13 96 63 4 0');
  t.equal(wire({ name: 'date' }), '10 128 63 10 0');
  t.equal(wire({ name: 'time' }), '11 128 63 10 0');
  t.equal(wire({ name: 'datetime', decimals: 6 }), '12 128 63 26 6');
  t.equal(wire({ name: 'timestamp' }), '7 128 63 19 0');
  t.equal(wire({ name: 'char', length: 10 }), '254 0 45 40 0');
  t.equal(
    wire({ name: 'varchar', length: 255, charset: 'utf8mb4', collation: 'utf8mb4_bin' }),
    '253 128 45 1020 0',
  );
  t.equal(wire({ name: 'varchar', length: 16, charset: 'binary' }), '253 128 63 16 0');
  t.equal(wire({ name: 'binary', length: 16 }), '254 128 63 16 0');
  t.equal(wire({ name: 'varbinary', length: 16 }), '253 128 63 16 0');
  t.equal(wire({ name: 'tinytext' }), '252 16 45 1020 0');
  t.equal(wire({ name: 'text' }), '252 16 45 262140 0');
  t.equal(wire({ name: 'mediumtext' }), '252 16 45 67108860 0');
  t.equal(wire({ name: 'longtext' }), '252 16 45 4294967295 0');
  t.equal(wire({ name: 'tinyblob' }), '252 144 63 255 0');
  t.equal(wire({ name: 'blob' }), '252 144 63 65535 0');
  t.equal(wire({ name: 'mediumblob' }), '252 144 63 16777215 0');
  t.equal(wire({ name: 'longblob' }), '252 144 63 4294967295 0');
  t.equal(wire({ name: 'enum', members: ['a', 'längst'] }), '254 256 45 24 0');
  t.equal(wire({ name: 'set', members: ['a', 'b', 'c'] }), '254 2048 45 20 0');
  t.equal(wire({ name: 'json' }), '245 144 63 4294967295 0');
  t.equal(wire({ name: 'null' }), '6 128 63 0 0');
  t.equal(
    wire({ name: 'bigint', length: 21 }, { originalTable: '', table: '' }),
    '8 128 63 21 0',
    'calculated',
  );
  t.equal(
    wireType(
      {
        database: '',
        table: '',
        originalTable: '',
        name: 'c',
        originalName: '',
        nullable: true,
        type: { name: 'varchar', length: 10 },
      },
      { number: 33, bytesPerCharacterMax: 3 },
    ).length,
    30,
  );
  t.end();
});

t.test('numbers print as MySQL prints them', (t) => {
  const doubles: readonly [number, string][] = [
    [0, '0'],
    [1.5, '1.5'],
    [-0.1, '-0.1'],
    [1e14, '100000000000000'],
    [1e15, '1e15'],
    [1.5e300, '1.5e300'],
    [1e-5, '0.00001'],
    [-1.25e-7, '-0.000000125'],
    [1e-16, '1e-16'],
    [123456789.125, '123456789.125'],
    [1 / 3, '0.3333333333333333'],
  ];
  for (const [value, text] of doubles) t.equal(doubleText(value), text);
  for (const [value, text] of [
    [Math.fround(0.1), '0.1'],
    [Math.fround(1.2345678), '1.23457'],
    [Math.fround(16777216), '16777200'],
    [Math.fround(3.4e38), '3.4e38'],
  ] as const) {
    t.equal(floatText(value), text);
  }
  const fixed = wireType({
    database: '',
    table: '',
    originalTable: 't',
    name: 'c',
    originalName: '',
    nullable: true,
    type: { name: 'double', length: 10, decimals: 3 },
  });
  t.equal(cellText(1.5, fixed), '1.500');
  const filled = wireType({
    database: '',
    table: '',
    originalTable: 't',
    name: 'c',
    originalName: '',
    nullable: true,
    type: { name: 'int', length: 5, zerofill: true },
  });
  t.equal(cellText(42n, filled), '00042');
  t.end();
});

t.test('any bytes survive as query text, and UTF-8 is what it is', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) =>
      Buffer.from(encodeQueryText(decodeQueryText(bytes))).equals(bytes),
    ),
    { numRuns: 1_000 },
  );
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 100 }), (text) => {
      const wellFormed = text.toWellFormed();
      return decodeQueryText(Buffer.from(wellFormed, 'utf8')) === wellFormed;
    }),
    { numRuns: 300 },
  );
  t.equal(decodeQueryText(Buffer.from("'\ufffd'")), "'\ufffd'");
  t.equal(decodeQueryText(Uint8Array.of(0x27, 0xff, 0xc3, 0xbc, 0xc3, 0x27)), "'\udcffü\udcc3'");
  t.same([...encodeQueryText("'\udcff'")], [0x27, 0xff, 0x27]);
  t.end();
});

t.test('a native password proves itself, and nothing else does', (t) => {
  const scramble = Uint8Array.from({ length: 20 }, (_, index) => index + 33);
  const kept = nativePasswordHash('pass wörd');

  t.equal(nativePasswordHash('password'), '*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19', "MySQL's PASSWORD()");
  t.ok(nativePasswordMatches(kept, { scramble, response: nativePasswordResponse('pass wörd', scramble) }));
  t.notOk(nativePasswordMatches(kept, { scramble, response: nativePasswordResponse('other', scramble) }));
  t.notOk(
    nativePasswordMatches(kept, {
      scramble: scramble.toReversed(),
      response: nativePasswordResponse('pass wörd', scramble),
    }),
  );
  t.notOk(nativePasswordMatches(kept, { scramble, response: new Uint8Array(0) }));
  t.notOk(nativePasswordMatches(kept, { scramble, response: new Uint8Array(7) }));
  t.notOk(nativePasswordMatches('', { scramble, response: nativePasswordResponse('x', scramble) }));
  t.ok(
    nativePasswordMatches(nativePasswordHash(''), {
      scramble,
      response: nativePasswordResponse('', scramble),
    }),
  );
  t.end();
});
