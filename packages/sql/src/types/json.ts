import { formatDouble } from './double-text.ts';

/** What isn't JSON, and where: the position counts characters from 0. */
export interface JsonError {
  readonly reason: string;
  readonly position: number;
}

/** A JSON value; numbers keep integers apart from doubles. Objects are in MySQL's key order. */
export type JsonValue =
  | null
  | boolean
  | bigint
  | number
  | string
  | readonly JsonValue[]
  | ReadonlyMap<string, JsonValue>;

const depthMax = 100;
const unsignedMax = 2n ** 64n;
const signedMin = -(2n ** 63n);

/**
 * Writes JSON as MySQL stores and shows it: one space after `:` and `,`, keys sorted by length and
 * then by bytes, the last of equal keys, numbers as integers or shortest doubles.
 */
export function normaliseJson(text: string): string | JsonError {
  const value = parseJson(text);
  return isJsonError(value) ? value : printJson(value);
}

export function isJsonError(value: unknown): value is JsonError {
  return typeof value === 'object' && value !== null && 'reason' in value && 'position' in value;
}

export function parseJson(text: string): JsonValue | JsonError {
  const reader = new JsonReader(text);
  try {
    return reader.document();
  } catch (error) {
    if (error instanceof JsonFault) return { reason: error.message, position: error.position };
    throw error;
  }
}

export function printJson(value: JsonValue): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return quoteJson(value);
  if (typeof value === 'number') return printNumber(value);
  if (typeof value !== 'object') return String(value);
  if (value instanceof Map) {
    const members = [...(value as ReadonlyMap<string, JsonValue>)].map(
      ([key, member]) => `${quoteJson(key)}: ${printJson(member)}`,
    );
    return `{${members.join(', ')}}`;
  }
  return `[${(value as readonly JsonValue[]).map(printJson).join(', ')}]`;
}

/** Puts an object's members in MySQL's order. */
export function jsonObject(members: Iterable<readonly [string, JsonValue]>): ReadonlyMap<string, JsonValue> {
  const unique = new Map(members);
  return new Map([...unique].sort(([a], [b]) => compareKeys(a, b)));
}

export function quoteJson(text: string): string {
  return JSON.stringify(text);
}

function printNumber(value: number): string {
  const text = formatDouble(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

function compareKeys(a: string, b: string): number {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length - right.length || Buffer.compare(left, right);
}

class JsonFault extends Error {
  readonly position: number;

  constructor(message: string, position: number) {
    super(message);
    this.position = position;
  }
}

class JsonReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): JsonValue {
    this.#skipSpace();
    if (this.#at === this.#text.length) throw new JsonFault('The document is empty.', 0);
    const value = this.#value(1);
    this.#skipSpace();
    if (this.#at < this.#text.length) {
      throw this.#fault('The document root must not be followed by other values.');
    }
    return value;
  }

  #value(depth: number): JsonValue {
    if (depth > depthMax) throw this.#fault('The JSON document exceeds the maximum depth.');
    switch (this.#text[this.#at]) {
      case '{':
        return this.#object(depth);
      case '[':
        return this.#array(depth);
      case '"':
        return this.#string();
      case 't':
        return this.#word('true', true);
      case 'f':
        return this.#word('false', false);
      case 'n':
        return this.#word('null', null);
      default:
        return this.#number();
    }
  }

  #object(depth: number): JsonValue {
    const members: [string, JsonValue][] = [];
    this.#at += 1;
    this.#skipSpace();
    if (this.#take('}')) return new Map();
    for (;;) {
      this.#skipSpace();
      if (this.#text[this.#at] !== '"') throw this.#fault('Missing a name for object member.');
      const key = this.#string();
      this.#skipSpace();
      if (!this.#take(':')) throw this.#fault('Missing a colon after a name of object member.');
      this.#skipSpace();
      members.push([key, this.#value(depth + 1)]);
      this.#skipSpace();
      if (this.#take('}')) return jsonObject(members);
      if (!this.#take(',')) throw this.#fault('Missing a comma or } after an object member.');
    }
  }

  #array(depth: number): JsonValue {
    const items: JsonValue[] = [];
    this.#at += 1;
    this.#skipSpace();
    if (this.#take(']')) return items;
    for (;;) {
      this.#skipSpace();
      items.push(this.#value(depth + 1));
      this.#skipSpace();
      if (this.#take(']')) return items;
      if (!this.#take(',')) throw this.#fault('Missing a comma or ] after an array element.');
    }
  }

  #string(): string {
    const start = this.#at;
    let at = start + 1;
    while (at < this.#text.length && this.#text[at] !== '"') at += this.#text[at] === '\\' ? 2 : 1;
    if (at >= this.#text.length) {
      this.#at = start;
      throw this.#fault('Missing a closing quotation mark in string.');
    }
    this.#at = at + 1;
    const quoted = this.#text.slice(start, at + 1);
    try {
      return JSON.parse(quoted) as string;
    } catch {
      throw new JsonFault(
        /\\[^"\\/bfnrtu]/.test(quoted)
          ? 'Invalid escape character in string.'
          : 'Invalid encoding in string.',
        start,
      );
    }
  }

  #word<T extends JsonValue>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) throw this.#fault('Invalid value.');
    this.#at += word.length;
    return value;
  }

  #number(): JsonValue {
    const form = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
    form.lastIndex = this.#at;
    const match = form.exec(this.#text);
    if (match === null) throw this.#fault('Invalid value.');
    this.#at += match[0].length;
    if (match[1] === undefined && match[2] === undefined) {
      const integer = BigInt(match[0]);
      if (integer >= signedMin && integer < unsignedMax) return integer;
    }
    return Number(match[0]);
  }

  #skipSpace(): void {
    while (' \t\n\r'.includes(this.#text[this.#at] ?? '\u0000')) this.#at += 1;
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #fault(reason: string): JsonFault {
    return new JsonFault(reason, this.#at);
  }
}
