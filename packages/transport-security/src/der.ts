/** One element of DER (X.690): its tag, its content, and both with the length between them. */
export interface DerElement {
  readonly tag: number;
  readonly content: Buffer;
  readonly whole: Buffer;
}

export const derTags = {
  integer: 0x02,
  bitString: 0x03,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
} as const;

/**
 * The elements that fill these bytes, in order.
 *
 * @throws TypeError when an element ends behind the bytes, or has a length or a tag that DER's certificates don't use
 */
export function derElements(bytes: Buffer): readonly DerElement[] {
  const elements: DerElement[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    const element = readElement(bytes, offset);
    elements.push(element);
    offset += element.whole.length;
  }
  return elements;
}

function readElement(bytes: Buffer, offset: number): DerElement {
  const [tag, first] = [bytes[offset], bytes[offset + 1]];
  if (tag === undefined || first === undefined) throw new TypeError('DER ends inside an element');
  if ((tag & 0x1f) === 0x1f) throw new TypeError('a DER tag of several bytes');
  const lengthSize = first < 0x80 ? 0 : first & 0x7f;
  if (first === 0x80 || lengthSize > 4) throw new TypeError('a DER length that is no length');
  const start = offset + 2 + lengthSize;
  if (start > bytes.length) throw new TypeError('DER ends inside a length');
  const length = lengthSize === 0 ? first : bytes.readUIntBE(offset + 2, lengthSize);
  if (start + length > bytes.length) throw new TypeError('DER ends inside an element');
  return {
    tag,
    content: bytes.subarray(start, start + length),
    whole: bytes.subarray(offset, start + length),
  };
}

/** `1.2.840.10045.4.3.2` */
export function objectIdentifier(content: Buffer): string {
  const arcs: number[] = [];
  let value = 0;
  for (const byte of content) {
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) {
      arcs.push(value);
      value = 0;
    }
  }
  const [head = 0, ...rest] = arcs;
  const root = Math.min(2, Math.floor(head / 40));
  return [root, head - root * 40, ...rest].join('.');
}

/** A UTCTime or GeneralizedTime. @throws TypeError */
export function derTime({ tag, content }: DerElement): Date {
  const digits = content.toString('latin1');
  const isUtc = tag === derTags.utcTime;
  const match = (isUtc ? /^(\d\d)(\d{4})(\d{6})Z$/ : /^(\d{4})(\d{4})(\d{6})Z$/).exec(digits);
  if (match === null) throw new TypeError(`not a time of DER: ${digits}`);
  const [, year = '', day = '', time = ''] = match;
  // RFC 5280, section 4.1.2.5.1: two digits below 50 are of this century.
  const century = isUtc ? (Number(year) < 50 ? '20' : '19') : '';
  const text = `${century}${year}-${day.slice(0, 2)}-${day.slice(2)}T${time.slice(0, 2)}:${time.slice(2, 4)}:${time.slice(4)}Z`;
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) throw new TypeError(`no such time: ${digits}`);
  return date;
}
