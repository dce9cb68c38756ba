import type { ObError } from '@sealane/errors';
import { syntaxError, type Token, tokensOf } from './tokens.ts';

/** Reads a statement from its beginning, piece by piece. */
export class TokenReader {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #at = 0;

  /** @throws ObError OB_ERR_PARSE_SQL */
  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokensOf(text);
  }

  get peek(): Token {
    return this.#tokens[this.#at] as Token;
  }

  get done(): boolean {
    return this.peek.kind === 'end';
  }

  next(): Token {
    const token = this.peek;
    if (token.kind !== 'end') this.#at += 1;
    return token;
  }

  /** Takes these words or signs where they come next, all or none. */
  take(...expected: readonly string[]): boolean {
    const found = expected.every((text, index) => {
      const token = this.#tokens[this.#at + index];
      return (token?.kind === 'word' || token?.kind === 'sign') && token.text.toUpperCase() === text;
    });
    if (found) this.#at += expected.length;
    return found;
  }

  /** @throws ObError OB_ERR_PARSE_SQL */
  expect(...expected: readonly string[]): void {
    if (!this.take(...expected)) throw this.error();
  }

  /** @throws ObError OB_ERR_PARSE_SQL */
  end(): void {
    if (!this.done) throw this.error();
  }

  /** @throws ObError OB_ERR_PARSE_SQL */
  name(): string {
    return this.#kind('word', 'name');
  }

  /** @throws ObError OB_ERR_PARSE_SQL */
  string(): string {
    return this.#kind('text');
  }

  /** @throws ObError OB_ERR_PARSE_SQL */
  integer(): number {
    const text = this.#kind('number');
    if (!/^\d{1,15}$/.test(text)) throw this.error();
    return Number(text);
  }

  /** That the next piece can't stand here. */
  error(): ObError {
    return syntaxError(this.#text, this.peek.at);
  }

  #kind(...kinds: readonly Token['kind'][]): string {
    if (!kinds.includes(this.peek.kind)) throw this.error();
    return this.next().text;
  }
}
