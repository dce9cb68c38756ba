/**
 * A statement's text may hold bytes that are no UTF-8: dump tools and drivers write binary strings as they
 * are. Each such byte stands in the text as one lone surrogate, U+DC00 + byte.
 */
const rawByte = /[\udc80-\udcff]/u;
const rawByteRuns = /([\udc80-\udcff]+)/u;
const rawByteBase = 0xdc00;

export function hasRawBytes(text: string): boolean {
  return rawByte.test(text);
}

/** @returns UTF-8, with raw bytes as they were sent */
export function bytesOfText(text: string): Uint8Array {
  if (!hasRawBytes(text)) return Buffer.from(text, 'utf8');
  const parts = text
    .split(rawByteRuns)
    .map((part, index) =>
      index % 2 === 0
        ? Buffer.from(part, 'utf8')
        : Buffer.from(Array.from(part, (unit) => unit.charCodeAt(0) - rawByteBase)),
    );
  return Buffer.concat(parts);
}
