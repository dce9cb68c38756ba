import { ObError } from '@sealane/errors';
import type { Expression, Query, Statement } from '../ast.ts';
import { isReserved } from '../lexer/keywords.ts';
import { Lexer } from '../lexer/lexer.ts';
import type { LexicalMode } from '../lexer/sql-mode.ts';
import { type Token, TokenKind } from '../lexer/token.ts';

/** How deep expressions, queries and statements may stand in one another. */
const NESTING_MAX = 400;
/** How many operators, joins or set operations may follow one another: they make a tree as deep. */
const CHAIN_MAX = 1000;
/** MySQL shows at most this many characters of the text that it couldn't read. */
const NEAR_MAX = 80;

/** Rules that refer to one another across files; handed in so that files import one way only. */
export interface Grammar {
  expression(cursor: Cursor): Expression;
  /** The rest of an expression whose first operand has been read. */
  continueExpression(cursor: Cursor, first: Expression): Expression;
  /** One without binary operators. */
  primary(cursor: Cursor): Expression;
  /** One without comparison, IN and the like: `bit_expr` of MySQL's grammar. */
  operand(cursor: Cursor): Expression;
  query(cursor: Cursor): Query;
  /** What may come after a query in parentheses: set operations and the tail. */
  continueQuery(cursor: Cursor, left: Query): Query;
  statement(cursor: Cursor): Statement;
}

/** Tokens of one statement with the reading position; every rule of the grammar takes one. */
export class Cursor {
  readonly text: string;
  readonly mode: LexicalMode;
  readonly grammar: Grammar;
  readonly #lexer: Lexer;
  readonly #tokens: Token[] = [];
  #index = 0;
  #depth = 0;
  #parameterCount = 0;
  /** The token to be read next. */
  token: Token;
  /** Where the last token that was read ends. */
  lastEnd = 0;
  /** A clause of the statement that is read, but has no meaning here: the whole statement is unsupported then. */
  lacking: string | undefined;

  constructor(text: string, mode: LexicalMode, grammar: Grammar) {
    this.text = text;
    this.mode = mode;
    this.grammar = grammar;
    this.#lexer = new Lexer(text, mode);
    this.token = this.#lexer.next();
    this.#tokens.push(this.token);
  }

  get sawComment(): boolean {
    return this.#lexer.sawComment;
  }

  /** How many `?` were read. */
  get parameterCount(): number {
    return this.#parameterCount;
  }

  /** The token `count` places after the next one. */
  peek(count: number): Token {
    while (this.#tokens.length <= this.#index + count) this.#tokens.push(this.#lexer.next());
    return this.#tokens[this.#index + count] as Token;
  }

  advance(): Token {
    const { token } = this;
    this.lastEnd = token.end;
    this.#index++;
    if (token.kind === TokenKind.Parameter) this.#parameterCount = Number(token.value) + 1;
    const next = this.#tokens[this.#index];
    if (next === undefined) {
      this.token = this.#lexer.next();
      this.#tokens.push(this.token);
    } else this.token = next;
    return token;
  }

  /** A place to come back to with `rewind`. */
  get position(): number {
    return this.#index;
  }

  rewind(position: number): void {
    this.#index = position;
    this.token = this.#tokens[position] as Token;
    this.lastEnd = this.#tokens[position - 1]?.end ?? 0;
  }

  is(word: string): boolean {
    return this.token.word === word;
  }

  /** Whether the next tokens are these words. */
  areNext(...words: readonly string[]): boolean {
    return words.every((word, index) => this.peek(index).word === word);
  }

  isOneOf(words: ReadonlySet<string>): boolean {
    return words.has(this.token.word);
  }

  accept(word: string): boolean {
    if (this.token.word !== word) return false;
    this.advance();
    return true;
  }

  /** Any expression. */
  expression(): Expression {
    return this.grammar.expression(this);
  }

  query(): Query {
    return this.grammar.query(this);
  }

  /** Reads these words, all or none. */
  acceptAll(...words: readonly string[]): boolean {
    if (!this.areNext(...words)) return false;
    for (let count = 0; count < words.length; count++) this.advance();
    return true;
  }

  /** Reads whichever of the words is next. */
  acceptOneOf<Word extends string>(...words: readonly Word[]): Word | undefined {
    const word = words.find((candidate) => candidate === this.token.word);
    if (word !== undefined) this.advance();
    return word;
  }

  expect(word: string): Token {
    if (this.token.word !== word) this.fail();
    return this.advance();
  }

  expectAll(...words: readonly string[]): void {
    for (const word of words) this.expect(word);
  }

  expectOneOf<Word extends string>(...words: readonly Word[]): Word {
    return this.acceptOneOf(...words) ?? this.fail();
  }

  get atEnd(): boolean {
    return this.token.kind === TokenKind.End || this.token.kind === TokenKind.Semicolon;
  }

  /** Whether the token can be a name: quoted, or a word that isn't reserved. */
  isName(token: Token = this.token): boolean {
    return token.kind === TokenKind.QuotedName || (token.kind === TokenKind.Word && !isReserved(token.word));
  }

  name(): string {
    if (!this.isName()) this.fail();
    return this.advance().value;
  }

  /** After a point any word is a name. */
  nameAfterPoint(): string {
    const { kind } = this.token;
    if (kind !== TokenKind.QuotedName && kind !== TokenKind.Word) this.fail();
    return this.advance().value;
  }

  /** The text of a string, adjacent strings joined. */
  string(): string {
    if (this.token.kind !== TokenKind.String) this.fail();
    let text = this.advance().value;
    while (this.token.kind === TokenKind.String) text += this.advance().value;
    return text;
  }

  /** A name or a string: charsets, engines, accounts. */
  nameOrString(): string {
    return this.token.kind === TokenKind.String ? this.string() : this.name();
  }

  /** An unsigned integer that isn't an expression, such as a length. */
  number(): number {
    if (this.token.kind !== TokenKind.Integer) this.fail();
    return Number(this.advance().value);
  }

  /** One or more, with commas between. */
  list<Item>(rule: (cursor: Cursor) => Item): Item[] {
    const items = [rule(this)];
    while (this.accept(',')) items.push(rule(this));
    return items;
  }

  /** A list in parentheses. */
  parenthesized<Item>(rule: (cursor: Cursor) => Item): Item[] {
    this.expect('(');
    const items = this.list(rule);
    this.expect(')');
    return items;
  }

  names(): string[] {
    return this.parenthesized(readName);
  }

  /** Runs a rule that may contain itself, at most NESTING_MAX deep. */
  nested<Node>(rule: (cursor: Cursor) => Node): Node {
    if (++this.#depth > NESTING_MAX) {
      throw new ObError('OB_NOT_SUPPORTED', [`More than ${NESTING_MAX} levels of nesting`]);
    }
    const node = rule(this);
    this.#depth--;
    return node;
  }

  /** Refuses a chain that would make too deep a tree. */
  limitChain(count: number): void {
    if (count > CHAIN_MAX)
      throw new ObError('OB_NOT_SUPPORTED', [`More than ${CHAIN_MAX} operators in a row`]);
  }

  /** A syntax error at the token, worded as MySQL does. */
  fail(token: { readonly start: number } = this.token): never {
    const near = this.text.slice(token.start, token.start + NEAR_MAX);
    throw new ObError('OB_ERR_PARSER_SYNTAX', [near, this.#lineOf(token.start)]);
  }

  #lineOf(offset: number): number {
    let line = 1;
    for (let at = this.text.indexOf('\n'); at >= 0 && at < offset; at = this.text.indexOf('\n', at + 1))
      line++;
    return line;
  }
}

function readName(cursor: Cursor): string {
  return cursor.name();
}
