import fc from 'fast-check';
import t from 'tap';
import { charsetByName } from '../src/index.ts';

t.test('each character set gives back what it was given, as far as it has the characters', (t) => {
  const samples: readonly [string, string, string][] = [
    ['latin1', 'Grüße €', '4772fcdf652080'],
    ['cp1251', 'Привет', 'cff0e8e2e5f2'],
    ['gbk', '你好 OB', 'c4e3bac3204f42'],
    ['big5', '你好', 'a741a66e'],
  ];
  for (const [name, text, hex] of samples) {
    const charset = charsetByName(name);
    const bytes = charset.encode?.(text) ?? Buffer.from(text);
    t.equal(Buffer.from(bytes).toString('hex'), hex, name);
    t.equal(charset.decode(bytes), text, name);
  }
  t.end();
});

t.test('GB18030 has every character', (t) => {
  const charset = charsetByName('gb18030');
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 20 }), (text) => {
      const wellFormed = text.toWellFormed().replaceAll('\ufffd', '');
      return charset.decode(charset.encode?.(wellFormed) ?? new Uint8Array(0)) === wellFormed;
    }),
    { numRuns: 200 },
  );
  t.pass('none was lost');
  t.end();
});

t.test('what a set does not have goes out as a question mark', (t) => {
  t.equal(Buffer.from(charsetByName('latin1').encode?.('a你😀b') ?? []).toString(), 'a??b');
  t.equal(Buffer.from(charsetByName('ascii').encode?.('ü') ?? []).toString(), '?');
  t.equal(Buffer.from(charsetByName('gbk').encode?.('😀') ?? []).toString(), '?');
  t.end();
});

t.test('UTF-8 needs no conversion, under any of its names or an unknown one', (t) => {
  for (const name of ['utf8mb4', 'UTF8MB4', 'utf8', 'utf8mb3', 'binary', 'klingon']) {
    t.equal(charsetByName(name).encode, undefined, name);
  }
  t.equal(charsetByName('utf8').number, 33);
  t.end();
});
