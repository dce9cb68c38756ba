import t from 'tap';
import { crc32c, decodeEntry, decodeEntryHeader, entryHeaderSize, makeEntry } from '../src/index.ts';

const sample = makeEntry({
  lsn: 7,
  term: 3,
  scn: 1_700_000_000_000_000_001n,
  kind: 'data',
  payload: new TextEncoder().encode('INSERT'),
});

t.test('the checksum is CRC-32C', (t) => {
  const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);
  t.equal(crc32c(ascii('123456789')), 0xe3069283, 'the check value of the catalogue of CRCs');
  t.equal(crc32c(new Uint8Array(32)), 0x8a9136aa, '32 zeros, from RFC 3720');
  t.equal(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e, '0..31, from RFC 3720');
  t.equal(crc32c(ascii('6789'), crc32c(ascii('12345'))), 0xe3069283, 'piece by piece');
  t.equal(crc32c(new Uint8Array(0)), 0);
  t.end();
});

t.test('an entry comes back from its bytes', (t) => {
  const { bytes, ...fields } = decodeEntry(sample.bytes);
  t.same(fields, {
    lsn: 7,
    term: 3,
    scn: 1_700_000_000_000_000_001n,
    kind: 'data',
    payload: new TextEncoder().encode('INSERT'),
  });
  t.equal(bytes.length, entryHeaderSize + 6);
  t.equal(decodeEntryHeader(new Uint8Array([0, 0, ...bytes]), 2)?.lsn, 7, 'the header is found at an offset');
  const noop = makeEntry({ lsn: 1, term: 1, scn: 1n, kind: 'noop', payload: new Uint8Array(0) });
  t.equal(decodeEntry(noop.bytes).kind, 'noop');
  t.end();
});

t.test('the format is pinned', (t) => {
  const hex = Buffer.from(sample.bytes).toString('hex');
  t.equal(
    hex,
    '534c4531000000060000000000000007000000000000000317979cfe362a000100000000' +
      hex.slice(72, 88) +
      '494e53455254',
    'changing it means another magic',
  );
  t.end();
});

t.test('a change of any single bit is noticed', (t) => {
  for (let bit = 0; bit < sample.bytes.length * 8; bit++) {
    const broken = sample.bytes.slice();
    broken[bit >> 3] = (broken[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    t.throws(() => decodeEntry(broken), { name: 'OB_CHECKSUM_ERROR' }, `bit ${bit}`);
  }
  t.end();
});

t.test('bytes cut off or added are noticed', (t) => {
  for (let size = 0; size < sample.bytes.length; size++) {
    t.throws(
      () => decodeEntry(sample.bytes.subarray(0, size)),
      { name: 'OB_CHECKSUM_ERROR' },
      `${size} bytes`,
    );
  }
  t.throws(() => decodeEntry(new Uint8Array([...sample.bytes, 0])), { name: 'OB_CHECKSUM_ERROR' });
  t.end();
});
