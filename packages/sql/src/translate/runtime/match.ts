import type { SqliteFunction } from '../../functions/definition.ts';
import { textOf } from '../../types/store-rules.ts';
import type { SqlValue } from '../../values.ts';

/** One part of a search: a word, its beginning (`word*`) or a phrase; in boolean mode wanted or unwanted. */
interface Term {
  readonly words: readonly string[];
  readonly isPrefix: boolean;
  readonly sign: '+' | '-' | '';
}

const wordForm = /[\p{L}\p{N}_']+/gu;

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(wordForm) ?? [];
}

const searches = new Map<string, readonly Term[]>();

function termsOf(search: string, isBoolean: boolean): readonly Term[] {
  const key = `${isBoolean ? 'b' : 'n'}${search}`;
  let terms = searches.get(key);
  if (terms === undefined) {
    terms = isBoolean
      ? booleanTerms(search)
      : wordsOf(search).map((word): Term => ({ words: [word], isPrefix: false, sign: '' }));
    if (searches.size > 500) searches.clear();
    searches.set(key, terms);
  }
  return terms;
}

/** `+wanted -unwanted "a phrase" begin*`; other operators only weigh, and are left out. */
function booleanTerms(search: string): Term[] {
  return [...search.matchAll(/([+\-<>~]?)(?:"([^"]*)"|([\p{L}\p{N}_']+)(\*?))/gu)].map(
    ([, sign, phrase, word, star]) => ({
      words: phrase === undefined ? wordsOf(word ?? '') : wordsOf(phrase),
      isPrefix: star === '*',
      sign: sign === '+' || sign === '-' ? sign : '',
    }),
  );
}

function countOf({ words, isPrefix }: Term, text: readonly string[]): number {
  const [first] = words;
  if (first === undefined) return 0;
  if (words.length === 1)
    return text.filter((word) => (isPrefix ? word.startsWith(first) : word === first)).length;
  return text.filter((_, at) => words.every((word, index) => text[at + index] === word)).length;
}

/** How well a text matches: 0 for not at all, else how often the search's words occur, by their share in the text. */
export function relevance(text: string, search: string, isBoolean: boolean): number {
  const words = wordsOf(text);
  let found = 0;
  for (const term of termsOf(search, isBoolean)) {
    const count = countOf(term, words);
    if (term.sign === '-' && count > 0) return 0;
    if (term.sign === '+' && count === 0) return 0;
    if (term.sign !== '-') found += count;
  }
  if (found === 0) return 0;
  return isBoolean ? found : found / Math.sqrt(words.length);
}

export const matchFunctions: readonly SqliteFunction[] = [
  {
    name: 'sx_match',
    deterministic: true,
    // Arguments: 1 for boolean mode, the search, then the columns.
    call: (isBoolean: SqlValue = null, search: SqlValue = null, ...columns) => {
      if (search === null) return 0;
      const text = columns
        .filter((column) => column !== null)
        .map(textOf)
        .join(' ');
      return relevance(text, textOf(search), isBoolean === 1n);
    },
  },
];
