import { decodeQueryText } from './query-text.ts';

/** A character set of a connection: what statements come in, what results go out in. */
export interface Charset {
  /** MySQL's name. */
  readonly name: string;
  /** Number of its default collation, for column definitions. */
  readonly number: number;
  readonly bytesPerCharacterMax: number;
  decode(bytes: Uint8Array): string;
  /** Undefined where text goes out as UTF-8. Characters the set doesn't have go out as `?`. */
  readonly encode: ((text: string) => Uint8Array) | undefined;
}

export const utf8mb4: Charset = {
  name: 'utf8mb4',
  number: 45,
  bytesPerCharacterMax: 4,
  decode: decodeQueryText,
  encode: undefined,
};

const utf8: Charset = { ...utf8mb4, name: 'utf8', number: 33, bytesPerCharacterMax: 3 };
const questionMark = Uint8Array.of(0x3f);

/** In the order of their numbers; each is made when it is first used. */
const charsets: Readonly<Record<string, () => Charset>> = {
  latin1: () => singleByte('latin1', { number: 8, label: 'windows-1252' }),
  latin2: () => singleByte('latin2', { number: 9, label: 'iso-8859-2' }),
  ascii: () => singleByte('ascii', { number: 11, label: 'windows-1252', limit: 0x80 }),
  gbk: () => multiByte('gbk', { number: 28, label: 'gbk', bytesPerCharacterMax: 2 }),
  gb2312: () => multiByte('gb2312', { number: 24, label: 'gbk', bytesPerCharacterMax: 2 }),
  big5: () => multiByte('big5', { number: 1, label: 'big5', bytesPerCharacterMax: 2 }),
  gb18030: () => multiByte('gb18030', { number: 248, label: 'gb18030', bytesPerCharacterMax: 4 }),
  cp1251: () => singleByte('cp1251', { number: 51, label: 'windows-1251' }),
  cp1250: () => singleByte('cp1250', { number: 26, label: 'windows-1250' }),
  koi8r: () => singleByte('koi8r', { number: 7, label: 'koi8-r' }),
  utf8: () => utf8,
  utf8mb3: () => utf8,
  utf8mb4: () => utf8mb4,
  binary: () => utf8mb4,
};

const made = new Map<string, Charset>();

/** @returns utf8mb4 for a name we have no table for */
export function charsetByName(name: string): Charset {
  const lower = name.toLowerCase();
  let charset = made.get(lower);
  if (charset === undefined) {
    charset = charsets[lower]?.() ?? utf8mb4;
    made.set(lower, charset);
  }
  return charset;
}

interface Table {
  readonly number: number;
  /** As TextDecoder knows it. */
  readonly label: string;
}

function singleByte(
  name: string,
  { number, label, limit = 0x100 }: Table & { readonly limit?: number },
): Charset {
  const decoder = new TextDecoder(label);
  const codes = new Map<string, number>();
  for (let byte = 0; byte < limit; byte++) codes.set(decoder.decode(Uint8Array.of(byte)), byte);
  return {
    name,
    number,
    bytesPerCharacterMax: 1,
    decode: (bytes) => decoder.decode(bytes),
    encode: (text) => Uint8Array.from(text, (character) => codes.get(character) ?? 0x3f),
  };
}

function multiByte(name: string, table: Table & { readonly bytesPerCharacterMax: number }): Charset {
  const { number, label, bytesPerCharacterMax } = table;
  const decoder = new TextDecoder(label);
  let codes: ReadonlyMap<string, Uint8Array> | undefined;
  const encodeOne = (character: string): Uint8Array => {
    const point = character.codePointAt(0) ?? 0;
    if (point < 0x80) return Uint8Array.of(point);
    codes ??= sequences(decoder, bytesPerCharacterMax);
    const known = codes.get(character);
    if (known !== undefined) return known;
    return bytesPerCharacterMax === 4 && point >= 0x10000 ? supplementary(point) : questionMark;
  };
  return {
    name,
    number,
    bytesPerCharacterMax,
    decode: (bytes) => decoder.decode(bytes),
    encode: (text) => Buffer.concat(Array.from(text, encodeOne)),
  };
}

/** Every character with its bytes, found by decoding all sequences: two bytes, and GB18030's four-byte ones of the BMP. */
function sequences(decoder: InstanceType<typeof TextDecoder>, bytesMax: number): Map<string, Uint8Array> {
  const codes = new Map<string, Uint8Array>();
  const add = (...bytes: readonly number[]): void => {
    const sequence = Uint8Array.from(bytes);
    const character = decoder.decode(sequence);
    const single = character.length === 1 && character !== '\ufffd';
    if (single && !codes.has(character)) codes.set(character, sequence);
  };
  for (let first = 0x81; first <= 0xfe; first++) {
    for (let second = 0x40; second <= 0xfe; second++) add(first, second);
  }
  if (bytesMax < 4) return codes;
  for (let first = 0x81; first <= 0x84; first++) {
    for (let second = 0x30; second <= 0x39; second++) {
      for (let third = 0x81; third <= 0xfe; third++) {
        for (let fourth = 0x30; fourth <= 0x39; fourth++) add(first, second, third, fourth);
      }
    }
  }
  return codes;
}

/** GB18030 counts the characters over U+FFFF from 0x90308130 on. */
function supplementary(point: number): Uint8Array {
  const linear = point - 0x10000;
  return Uint8Array.of(
    0x90 + Math.trunc(linear / 12_600),
    0x30 + (Math.trunc(linear / 1_260) % 10),
    0x81 + (Math.trunc(linear / 10) % 126),
    0x30 + (linear % 10),
  );
}
