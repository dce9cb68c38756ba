import { ObError } from '@sealane/errors';
import type { SqliteFunction } from '../../functions/definition.ts';
import { textOf } from '../../types/store-rules.ts';

type Matcher = (text: string) => boolean;

const likes = new Map<string, Matcher>();

/** LIKE's pattern as a test; `escape` is one character or '' for none. */
export function likeMatcher(pattern: string, escapeCharacter: string, fold: boolean): Matcher {
  const key = `${fold ? 'i' : 'b'}${escapeCharacter}\0${pattern}`;
  let matcher = likes.get(key);
  if (matcher === undefined) {
    const compiled = new RegExp(likeSource(pattern, escapeCharacter), fold ? 'siu' : 'su');
    matcher = (text) => compiled.test(text);
    if (likes.size > 1000) likes.clear();
    likes.set(key, matcher);
  }
  return matcher;
}

function likeSource(pattern: string, escapeCharacter: string): string {
  let source = '^';
  const characters = [...pattern];
  for (let at = 0; at < characters.length; at += 1) {
    const character = characters[at] as string;
    if (character === escapeCharacter && at + 1 < characters.length) {
      at += 1;
      source += literalSource(characters[at] as string);
    } else if (character === '%') source += '.*';
    else if (character === '_') source += '.';
    else source += literalSource(character);
  }
  return `${source}$`;
}

function literalSource(character: string): string {
  return /[\\^$.*+?()[\]{}|/]/.test(character) ? `\\${character}` : character;
}

const patterns = new Map<string, RegExp>();

/** A POSIX or ICU pattern as a JavaScript one: classes and word ends are rewritten. @throws 1139 */
export function regexpOf(pattern: string, fold: boolean): RegExp {
  const key = `${fold ? 'i' : 'b'}${pattern}`;
  let compiled = patterns.get(key);
  if (compiled === undefined) {
    compiled = compilePattern(pattern, fold ? 'i' : '');
    if (patterns.size > 1000) patterns.clear();
    patterns.set(key, compiled);
  }
  return compiled;
}

const classes: Readonly<Record<string, string>> = {
  alnum: 'a-zA-Z0-9',
  alpha: 'a-zA-Z',
  blank: ' \\t',
  cntrl: '\\x00-\\x1f\\x7f',
  digit: '0-9',
  graph: '\\x21-\\x7e',
  lower: 'a-z',
  print: '\\x20-\\x7e',
  punct: '!-\\/:-@\\[-`{-~',
  space: '\\s',
  upper: 'A-Z',
  xdigit: '0-9a-fA-F',
};

function compilePattern(pattern: string, flags: string): RegExp {
  if (pattern === '') throw new ObError('OB_ERR_REGEXP_ERROR', ['empty (sub)expression']);
  const source = pattern
    .replace(/\[\[:<:\]\]|\[\[:>:\]\]/g, '\\b')
    .replace(/\[:(\w+):\]/g, (found, name: string) => classes[name] ?? found);
  try {
    return new RegExp(source, flags);
  } catch (error) {
    throw new ObError('OB_ERR_REGEXP_ERROR', [error instanceof Error ? error.message : 'syntax'], {
      cause: error,
    });
  }
}

export const likeFunctions: readonly SqliteFunction[] = [
  {
    name: 'sx_like',
    deterministic: true,
    call: (value = null, pattern = null, escaped = null, fold = null) => {
      if (value === null || pattern === null) return null;
      return likeMatcher(textOf(pattern), escaped === null ? '' : textOf(escaped), fold === 1n)(textOf(value))
        ? 1n
        : 0n;
    },
  },
  {
    name: 'sx_regexp',
    deterministic: true,
    call: (value = null, pattern = null, fold = null) => {
      if (value === null || pattern === null) return null;
      return regexpOf(textOf(pattern), fold === 1n).test(textOf(value)) ? 1n : 0n;
    },
  },
];
