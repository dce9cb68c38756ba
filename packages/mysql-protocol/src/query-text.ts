/**
 * A statement's text may hold bytes that are no UTF-8: drivers and dump tools put binary strings into it as they are
 * (`_binary '…'`). Each such byte becomes one lone surrogate, U+DC00 + byte (as Python's "surrogateescape" does), which UTF-8
 * itself can't produce, so nothing is lost and `encodeQueryText` gives the very bytes back.
 */
export function decodeQueryText(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = buffer.toString('utf8');
  // U+FFFD appears for what is no UTF-8, and may of course have been in the text.
  return text.includes('\ufffd') ? decodeSlowly(buffer) : text;
}

/** @returns UTF-8, with U+DC80 to U+DCFF back as the bytes they stand for */
export function encodeQueryText(text: string): Uint8Array {
  if (!escaped.test(text)) return Buffer.from(text, 'utf8');
  const parts: Buffer[] = [];
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (isHighSurrogate(unit)) at++;
    else if (unit >= escapeBase + 0x80 && unit <= escapeBase + 0xff) {
      parts.push(Buffer.from(text.slice(from, at), 'utf8'), Buffer.of(unit - escapeBase));
      from = at + 1;
    }
  }
  parts.push(Buffer.from(text.slice(from), 'utf8'));
  return Buffer.concat(parts);
}

const escapeBase = 0xdc00;
const escaped = /[\udc80-\udcff]/;

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function decodeSlowly(bytes: Buffer): string {
  const pieces: string[] = [];
  let from = 0;
  let at = 0;
  while (at < bytes.length) {
    const size = sequenceSize(bytes, at);
    if (size > 0) {
      at += size;
      continue;
    }
    pieces.push(bytes.toString('utf8', from, at), String.fromCharCode(escapeBase + bytes.readUInt8(at)));
    at += 1;
    from = at;
  }
  pieces.push(bytes.toString('utf8', from));
  return pieces.join('');
}

/** @returns the size of the UTF-8 sequence at this place; 0 if there is none */
function sequenceSize(bytes: Buffer, at: number): number {
  const first = bytes.readUInt8(at);
  if (first < 0x80) return 1;
  const size =
    first >= 0xc2 && first < 0xe0
      ? 2
      : first >= 0xe0 && first < 0xf0
        ? 3
        : first >= 0xf0 && first < 0xf5
          ? 4
          : 0;
  if (size === 0 || at + size > bytes.length) return 0;
  const second = bytes.readUInt8(at + 1);
  if (second < (lowestSecond[first] ?? 0x80) || second > (highestSecond[first] ?? 0xbf)) return 0;
  for (let next = 2; next < size; next++) if ((bytes.readUInt8(at + next) & 0xc0) !== 0x80) return 0;
  return size;
}

/** No longer form than needed, no surrogates, nothing above U+10FFFF. */
const lowestSecond: Readonly<Record<number, number>> = { 224: 0xa0, 240: 0x90 };
const highestSecond: Readonly<Record<number, number>> = { 237: 0x9f, 244: 0x8f };
