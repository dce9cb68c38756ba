import { classOf, DIGIT, isDigit, isHexDigit, isNamePart, NAME, OTHER, SPACE } from './char-class.ts';
import { upperCaseOf } from './keywords.ts';
import { readQuoted } from './quoted.ts';
import type { LexicalMode } from './sql-mode.ts';
import { type Token, TokenKind } from './token.ts';

/** A version comment up to this version is part of the statement: the version we announce, 5.7.25. */
const VERSION_COMMENT_MAX = 50725;

const HINTED = new Set(['SELECT', 'INSERT', 'REPLACE', 'UPDATE', 'DELETE', 'LOAD']);

/** Reads tokens one at a time, so that what follows a statement is only looked at when its turn comes. */
export class Lexer {
  readonly text: string;
  readonly #mode: LexicalMode;
  #at: number;
  /** Inside the executed text of a version comment: its end mark is due. */
  #inVersionComment = false;
  #parameterCount = 0;
  #previous: Token | undefined;
  /** Whether a comment was skipped: a text of nothing else is a statement of its own kind. */
  sawComment = false;

  constructor(text: string, mode: LexicalMode, at = 0) {
    this.text = text;
    this.#mode = mode;
    this.#at = at;
  }

  next(): Token {
    const hint = this.#skipSpace();
    const token = hint ?? this.#read(this.#at);
    this.#at = token.end;
    this.#previous = token;
    return token;
  }

  /** White space, comments and the marks of version comments. @returns a hint, where one may stand */
  #skipSpace(): Token | undefined {
    const text = this.text;
    for (;;) {
      const code = text.charCodeAt(this.#at);
      if (classOf(code) === SPACE) this.#at++;
      else if (code === 35 /* # */) this.#skipLine();
      else if (code === 45 /* - */ && this.#startsDashComment()) this.#skipLine();
      else if (code === 47 /* / */ && text.charCodeAt(this.#at + 1) === 42 /* * */) {
        const hint = this.#skipComment();
        if (hint !== undefined) return hint;
      } else if (this.#inVersionComment && code === 42 && text.charCodeAt(this.#at + 1) === 47) {
        this.#inVersionComment = false;
        this.#at += 2;
      } else return undefined;
    }
  }

  #startsDashComment(): boolean {
    if (this.text.charCodeAt(this.#at + 1) !== 45) return false;
    const code = this.text.charCodeAt(this.#at + 2);
    return Number.isNaN(code) || code <= 32 || code === 127;
  }

  #skipLine(): void {
    this.sawComment = true;
    const end = this.text.indexOf('\n', this.#at);
    this.#at = end < 0 ? this.text.length : end + 1;
  }

  #skipComment(): Token | undefined {
    const { text } = this;
    const start = this.#at;
    const mark = text.charCodeAt(start + 2);
    if (mark === 33 /* ! */ && this.#enterVersionComment(start + 3)) return undefined;
    const end = text.indexOf('*/', mark === 33 ? this.#skipNested(start + 3) : start + 2);
    if (end < 0) return { kind: TokenKind.Invalid, start, end: text.length, word: '', value: '' };
    this.#at = end + 2;
    if (mark === 43 /* + */ && this.#previous !== undefined && HINTED.has(this.#previous.word)) {
      const value = text.slice(start + 3, end).trim();
      return { kind: TokenKind.Hint, start, end: end + 2, word: '', value };
    }
    this.sawComment = true;
    return undefined;
  }

  /** Past the comments inside a version comment that isn't for us. */
  #skipNested(at: number): number {
    for (;;) {
      const end = this.text.indexOf('*/', at);
      const nested = this.text.indexOf('/*', at);
      if (nested < 0 || end < nested) return at;
      const nestedEnd = this.text.indexOf('*/', nested + 2);
      if (nestedEnd < 0) return at;
      at = nestedEnd + 2;
    }
  }

  #enterVersionComment(at: number): boolean {
    let end = at;
    while (end < at + 6 && isDigit(this.text.charCodeAt(end))) end++;
    // Six digits are MySQL 8's; run together with the text they are five, and the text begins with a digit.
    if (end - at === 6 && classOf(this.text.charCodeAt(end)) !== SPACE) end--;
    if (end - at < 5) end = at;
    if (end > at && Number(this.text.slice(at, end)) > VERSION_COMMENT_MAX) return false;
    this.#inVersionComment = true;
    this.#at = end;
    return true;
  }

  #read(start: number): Token {
    const { text } = this;
    const code = text.charCodeAt(start);
    switch (classOf(code)) {
      case NAME:
        return this.#readWord(start, code);
      case DIGIT:
        return this.#followsDot(start) ? this.#readName(start) : this.#readNumber(start);
      case OTHER:
        break;
    }
    switch (code) {
      case 39 /* ' */:
        return this.#readString(start, start, TokenKind.String);
      case 34 /* " */:
        return this.#readString(
          start,
          start,
          this.#mode.ansiQuotes ? TokenKind.QuotedName : TokenKind.String,
        );
      case 96 /* ` */:
        return this.#readString(start, start, TokenKind.QuotedName);
      case 46 /* . */:
        if (isDigit(text.charCodeAt(start + 1)) && !this.#followsName(start)) return this.#readNumber(start);
        return operator(start, '.');
      case 64 /* @ */:
        return this.#readVariable(start);
      case 63 /* ? */:
        if (isNamePart(text.charCodeAt(start + 1))) return token(TokenKind.Invalid, start, start + 1, '', '');
        return token(TokenKind.Parameter, start, start + 1, '?', String(this.#parameterCount++));
      case 59 /* ; */:
        return token(TokenKind.Semicolon, start, start + 1, ';', ';');
      case 92 /* \ */:
        if (text.charCodeAt(start + 1) === 78 /* N */)
          return token(TokenKind.Word, start, start + 2, 'NULL', 'NULL');
        return token(TokenKind.Invalid, start, start + 1, '', '');
    }
    if (Number.isNaN(code)) return this.#readEnd(start);
    return this.#readOperator(start, code);
  }

  #readEnd(start: number): Token {
    const kind = this.#inVersionComment ? TokenKind.Invalid : TokenKind.End;
    return token(kind, start, start, '', '');
  }

  #readWord(start: number, code: number): Token {
    const { text } = this;
    if (text.charCodeAt(start + 1) === 39 /* ' */) {
      if (code === 120 || code === 88)
        return this.#readDigitString(start, TokenKind.Hex, /^[xX]'((?:[0-9a-fA-F]{2})*)'/);
      if (code === 98 || code === 66) return this.#readDigitString(start, TokenKind.Bit, /^[bB]'([01]*)'/);
      if (code === 110 || code === 78) return this.#readString(start, start + 1, TokenKind.NationalString);
    }
    return this.#readName(start);
  }

  #readName(start: number): Token {
    const { text } = this;
    let end = start + 1;
    while (isNamePart(text.charCodeAt(end))) end++;
    const value = text.slice(start, end);
    return token(TokenKind.Word, start, end, upperCaseOf(value), value);
  }

  /** A number, or a name that begins with digits. */
  #readNumber(start: number): Token {
    const { text } = this;
    const second = text.charCodeAt(start + 1);
    if (text.charCodeAt(start) === 48 && (second === 120 || second === 98)) {
      const prefixed = this.#readPrefixed(start, second === 120);
      if (prefixed !== undefined) return prefixed;
    }
    let end = start;
    while (isDigit(text.charCodeAt(end))) end++;
    let kind: TokenKind = TokenKind.Integer;
    if (text.charCodeAt(end) === 46 /* . */) {
      kind = TokenKind.Decimal;
      end++;
      while (isDigit(text.charCodeAt(end))) end++;
    }
    const exponentEnd = this.#exponentEnd(end);
    if (exponentEnd > end) return this.#number(TokenKind.Float, start, exponentEnd);
    if (kind === TokenKind.Integer && isNamePart(text.charCodeAt(end))) return this.#readName(start);
    return this.#number(kind, start, end);
  }

  #number(kind: TokenKind, start: number, end: number): Token {
    return token(kind, start, end, '', this.text.slice(start, end));
  }

  /** 0x4D and 0b01; undefined for what is a name, such as `0xyz`. */
  #readPrefixed(start: number, hex: boolean): Token | undefined {
    const { text } = this;
    let end = start + 2;
    while (hex ? isHexDigit(text.charCodeAt(end)) : text.charCodeAt(end) >> 1 === 24) end++;
    if (end === start + 2 || isNamePart(text.charCodeAt(end))) return undefined;
    return token(hex ? TokenKind.Hex : TokenKind.Bit, start, end, '', text.slice(start + 2, end));
  }

  #exponentEnd(at: number): number {
    const { text } = this;
    if ((text.charCodeAt(at) | 32) !== 101 /* e */) return at;
    let end = at + 1;
    const sign = text.charCodeAt(end);
    if (sign === 43 || sign === 45) end++;
    if (!isDigit(text.charCodeAt(end))) return at;
    while (isDigit(text.charCodeAt(end))) end++;
    return end;
  }

  #readDigitString(start: number, kind: TokenKind, pattern: RegExp): Token {
    const end = this.text.indexOf("'", start + 2) + 1;
    const match = end > 0 ? pattern.exec(this.text.slice(start, end)) : null;
    if (match === null) return token(TokenKind.Invalid, start, this.text.length, '', '');
    return token(kind, start, end, '', match[1] ?? '');
  }

  #readString(start: number, quoteAt: number, kind: TokenKind): Token {
    const escapes = kind !== TokenKind.QuotedName && !this.#mode.noBackslashEscapes;
    const quoted = readQuoted(this.text, quoteAt, escapes);
    if (quoted === undefined) return token(TokenKind.Invalid, start, this.text.length, '', '');
    if (kind === TokenKind.QuotedName && quoted.value === '')
      return token(TokenKind.Invalid, start, quoted.end, '', '');
    return token(kind, start, quoted.end, '', quoted.value);
  }

  #readVariable(start: number): Token {
    const { text } = this;
    const code = text.charCodeAt(start + 1);
    if (code === 64 /* @ */) return operator(start, '@@');
    if (code === 39 || code === 34 || code === 96) {
      const quoted = readQuoted(text, start + 1, code !== 96 && !this.#mode.noBackslashEscapes);
      if (quoted === undefined) return token(TokenKind.Invalid, start, text.length, '', '');
      return token(TokenKind.UserVariable, start, quoted.end, '', quoted.value);
    }
    let end = start + 1;
    while (isNamePart(text.charCodeAt(end)) || text.charCodeAt(end) === 46 /* . */) end++;
    if (end === start + 1) return operator(start, '@');
    return token(TokenKind.UserVariable, start, end, '', text.slice(start + 1, end));
  }

  #readOperator(start: number, code: number): Token {
    const { text } = this;
    const second = text.charCodeAt(start + 1);
    const third = text.charCodeAt(start + 2);
    switch (code) {
      case 60 /* < */:
        if (second === 61) return operator(start, third === 62 ? '<=>' : '<=');
        return operator(start, second === 62 ? '<>' : second === 60 ? '<<' : '<');
      case 62 /* > */:
        return operator(start, second === 61 ? '>=' : second === 62 ? '>>' : '>');
      case 33 /* ! */:
        return operator(start, second === 61 ? '!=' : '!');
      case 124 /* | */:
        return operator(start, second === 124 ? '||' : '|');
      case 38 /* & */:
        return operator(start, second === 38 ? '&&' : '&');
      case 58 /* : */:
        return operator(start, second === 61 ? ':=' : ':');
      case 45 /* - */:
        if (second !== 62) return operator(start, '-');
        return operator(start, third === 62 ? '->>' : '->');
      case 61 /* = */:
        return operator(start, second === 62 ? '=>' : '=');
      case 40:
      case 41:
      case 42:
      case 43:
      case 44:
      case 47:
      case 37:
      case 94:
      case 126:
      case 91:
      case 93:
      case 123:
      case 125:
        return operator(start, ONE_CHAR[code] as string);
    }
    return token(TokenKind.Invalid, start, start + 1, '', '');
  }

  /** Whether a name ends right here: then `.` parts names, and digits after it are a name. */
  #followsName(at: number): boolean {
    const previous = this.#previous;
    if (previous === undefined || previous.end !== at) return false;
    return previous.kind === TokenKind.Word || previous.kind === TokenKind.QuotedName;
  }

  #followsDot(at: number): boolean {
    return this.#previous?.word === '.' && this.#previous.end === at;
  }
}

const ONE_CHAR: Readonly<Record<number, string>> = {
  37: '%',
  40: '(',
  41: ')',
  42: '*',
  43: '+',
  44: ',',
  47: '/',
  91: '[',
  93: ']',
  94: '^',
  123: '{',
  125: '}',
  126: '~',
};

function operator(start: number, word: string): Token {
  return { kind: TokenKind.Operator, start, end: start + word.length, word, value: word };
}

function token(kind: TokenKind, start: number, end: number, word: string, value: string): Token {
  return { kind, start, end, word, value };
}
