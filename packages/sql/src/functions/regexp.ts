import { ObError } from '@sealane/errors';
import type { SqlType } from '../sql-type.ts';
import { regexpOf } from '../translate/runtime/like.ts';
import { textOf } from '../types/store-rules.ts';
import type { SqlValue } from '../values.ts';
import { booleanType, define, foldsCase, intType, lengthOf, likeArguments, truth } from './define.ts';
import type { FunctionArgument, ScalarFunction } from './definition.ts';
import { mayBacktrack } from './regexp-cost.ts';
import { placeOf } from './text.ts';

const compiled = new Map<string, RegExp>();
const COMPILED_MAX = 200;

/** @param matchType letters: c, i (case), m (lines), n (point takes line ends), u (only \n ends a line) */
function compile(pattern: string, matchType: string, types: readonly SqlType[]): RegExp {
  let fold = foldsCase(types.slice(0, 2));
  let flags = 'gu';
  for (const letter of matchType) {
    if (letter === 'c' || letter === 'i') fold = letter === 'i';
    else if (letter === 'm') flags += 'm';
    else if (letter === 'n') flags += 's';
    else if (letter !== 'u') throw new ObError('OB_INVALID_ARGUMENT', ['regexp_like']);
  }
  const all = [...new Set(fold ? `${flags}i` : flags)].join('');
  const key = `${all}/${pattern}`;
  let expression = compiled.get(key);
  if (expression === undefined) {
    expression = withFlags(regexpOf(pattern, fold).source, all);
    if (compiled.size >= COMPILED_MAX) compiled.clear();
    compiled.set(key, expression);
  }
  expression.lastIndex = 0;
  return expression;
}

/** Some patterns that MySQL takes have escapes that Unicode mode refuses. */
function withFlags(source: string, flags: string): RegExp {
  try {
    return new RegExp(source, flags);
  } catch {
    return new RegExp(source, flags.replace('u', ''));
  }
}

/** The matches from a place on, counting characters from 1. */
function* matches(expression: RegExp, text: string, place: number): Generator<RegExpExecArray> {
  const start = Array.from(text)
    .slice(0, place - 1)
    .join('').length;
  expression.lastIndex = start;
  for (let match = expression.exec(text); match !== null; match = expression.exec(text)) {
    yield match;
    if (match[0] === '') expression.lastIndex++;
  }
}

function checkPlace(place: number, text: string): void {
  if (place < 1 || place > Array.from(text).length + 1) {
    throw new ObError('OB_ERR_REGEXP_ERROR', ['Index out of bounds in regular expression search.']);
  }
}

function nth(
  expression: RegExp,
  text: string,
  place: number,
  occurrence: number,
): RegExpExecArray | undefined {
  checkPlace(place, text);
  let count = 0;
  for (const match of matches(expression, text, place)) if (++count >= occurrence) return match;
  return undefined;
}

function like(
  [text = null, pattern = null, matchType = '']: readonly SqlValue[],
  types: readonly SqlType[],
): SqlValue {
  return truth(compile(textOf(pattern), textOf(matchType), types).test(textOf(text)));
}

/** REGEXP_INSTR(text, pattern, place, occurrence, after, match type): 0 for none. */
function instr(values: readonly SqlValue[], types: readonly SqlType[]): SqlValue {
  const [text = null, pattern = null, place = 1n, occurrence = 1n, after = 0n, matchType = ''] = values;
  const whole = textOf(text);
  const match = nth(
    compile(textOf(pattern), textOf(matchType), types),
    whole,
    placeOf(place),
    placeOf(occurrence),
  );
  if (match === undefined) return 0n;
  const end = match.index + (placeOf(after) === 1 ? match[0].length : 0);
  return BigInt(Array.from(whole.slice(0, end)).length + 1);
}

function substr(values: readonly SqlValue[], types: readonly SqlType[]): SqlValue {
  const [text = null, pattern = null, place = 1n, occurrence = 1n, matchType = ''] = values;
  const expression = compile(textOf(pattern), textOf(matchType), types);
  return nth(expression, textOf(text), placeOf(place), placeOf(occurrence))?.[0] ?? null;
}

/** REGEXP_REPLACE(text, pattern, replacement, place, occurrence, match type): occurrence 0 is each. */
function replace(values: readonly SqlValue[], types: readonly SqlType[]): SqlValue {
  const [text = null, pattern = null, replacement = null, place = 1n, occurrence = 0n, matchType = ''] =
    values;
  const whole = textOf(text);
  const wanted = placeOf(occurrence);
  checkPlace(placeOf(place), whole);
  let result = '';
  let copied = 0;
  let count = 0;
  for (const match of matches(compile(textOf(pattern), textOf(matchType), types), whole, placeOf(place))) {
    count++;
    if (wanted > 0 && count !== wanted) continue;
    result += whole.slice(copied, match.index) + fill(textOf(replacement), match);
    copied = match.index + match[0].length;
    if (count === wanted) break;
  }
  return result + whole.slice(copied);
}

/** `$1` is a group, a backslash takes the next character as it is. */
function fill(replacement: string, match: RegExpExecArray): string {
  return replacement.replace(
    /\\(.)|\$(\d)/gs,
    (_, escaped: string | undefined, group: string | undefined) => escaped ?? match[Number(group)] ?? '',
  );
}

const unbounded = (args: readonly FunctionArgument[]): boolean => mayBacktrack(args[1]?.literal);

export const regexpFunctions: readonly ScalarFunction[] = [
  define('regexp_like', [2, 3], booleanType, like, { typed: true, unbounded }),
  define('regexp_instr', [2, 6], intType, instr, { typed: true, numeric: [2, 3, 4], unbounded }),
  define('regexp_substr', [2, 5], (args) => likeArguments(args.slice(0, 1), lengthOf(args[0])), substr, {
    typed: true,
    numeric: [2, 3],
    unbounded,
  }),
  define('regexp_replace', [3, 6], (args) => likeArguments(args.slice(0, 1), 65_535), replace, {
    typed: true,
    numeric: [3, 4],
    unbounded,
  }),
];
