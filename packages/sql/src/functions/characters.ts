import { textOf } from '../types/store-rules.ts';
import type { SqlValue } from '../values.ts';

/**
 * A text as functions count in it: by characters (code points) for character strings, by bytes for
 * byte strings, whose units are the characters U+0000 to U+00FF.
 */
export interface Units {
  /** Indexing this counts units: a plain string, or an array where a character takes two UTF-16 units. */
  readonly items: string | readonly string[];
  readonly isBytes: boolean;
}

const astral = /[\ud800-\udbff]/;

export function unitsOf(value: SqlValue): Units {
  if (value instanceof Uint8Array) return { items: Buffer.from(value).toString('latin1'), isBytes: true };
  const text = textOf(value);
  return { items: astral.test(text) ? Array.from(text) : text, isBytes: false };
}

/** The units from `start` on, as a value of the same kind. */
export function sliceUnits({ items, isBytes }: Units, start: number, end: number = items.length): SqlValue {
  const part = items.slice(start, end);
  return fromText(typeof part === 'string' ? part : part.join(''), isBytes);
}

/** A text whose characters are bytes becomes bytes again. */
export function fromText(text: string, isBytes: boolean): SqlValue {
  return isBytes ? new Uint8Array(Buffer.from(text, 'latin1')) : text;
}

/** All arguments as texts; as bytes if one of them is. */
export function alike(values: readonly SqlValue[]): { texts: string[]; isBytes: boolean } {
  const isBytes = values.some((value) => value instanceof Uint8Array);
  const texts = values.map((value) => {
    if (!isBytes) return textOf(value);
    const bytes = value instanceof Uint8Array ? Buffer.from(value) : Buffer.from(textOf(value));
    return bytes.toString('latin1');
  });
  return { texts, isBytes };
}

/** A value's bytes: of a text its UTF-8. */
export function bytesOf(value: SqlValue): Buffer {
  return value instanceof Uint8Array ? Buffer.from(value) : Buffer.from(textOf(value));
}

/** In lower case, if that keeps every character's place. */
export function foldedText(text: string, fold: boolean): string {
  if (!fold) return text;
  const lower = text.toLowerCase();
  return lower.length === text.length ? lower : text;
}
