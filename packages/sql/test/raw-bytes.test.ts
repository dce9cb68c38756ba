import t from 'tap';
import { literalValue } from '../src/literal-value.ts';
import { bytesOfText, hasRawBytes } from '../src/raw-bytes.ts';

t.test('raw bytes in a text come back as they were sent', async (t) => {
  t.notOk(hasRawBytes('a😀'), 'a pair of surrogates is a character');
  t.ok(hasRawBytes('a\udcff'));
  t.same([...bytesOfText('\0\udcff\x01\0')], [0, 0xff, 1, 0]);
  t.same([...bytesOfText('😀\udc80\udc81é')], [0xf0, 0x9f, 0x98, 0x80, 0x80, 0x81, 0xc3, 0xa9]);
});

t.test('a string literal with raw bytes is a byte string', async (t) => {
  const value = literalValue({ kind: 'string', start: 0, end: 3, value: 'a\udcff', charset: undefined });

  t.ok(value instanceof Uint8Array);
  t.same([...(value as Uint8Array)], [0x61, 0xff]);
});
