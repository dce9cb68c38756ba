import { ObError } from '@sealane/errors';
import type { Span } from '../ast.ts';
import { sourceOf } from '../expression-source.ts';

/** An expression's text for the catalog: it is read again without regard to anybody's sql_mode. */
export function storedText(span: Span, text: string, sqlMode: string): string {
  return withoutMode(sourceOf(span, text), sqlMode);
}

const modes = /ANSI_QUOTES|NO_BACKSLASH_ESCAPES|PIPES_AS_CONCAT/;
const escaping = /'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|`(?:[^`]|``)*`|\|\|/gs;
const plain = /'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\|\|/g;

/** Writes a text that was read under `sqlMode` so that it means the same without modes. @throws 1235 for `||` that joins texts */
export function withoutMode(text: string, sqlMode: string): string {
  if (!modes.test(sqlMode)) return text;
  const ansiQuotes = sqlMode.includes('ANSI_QUOTES');
  const plainBackslash = sqlMode.includes('NO_BACKSLASH_ESCAPES');
  return text.replace(plainBackslash ? plain : escaping, (token) => {
    if (token === '||') {
      if (!sqlMode.includes('PIPES_AS_CONCAT')) return token;
      throw new ObError('OB_NOT_SUPPORTED', ['|| as CONCAT in a definition']);
    }
    if (token.startsWith('`')) return token;
    if (token.startsWith('"') && ansiQuotes) {
      return `\`${token.slice(1, -1).replaceAll('""', '"').replaceAll('`', '``')}\``;
    }
    return plainBackslash ? token.replaceAll('\\', '\\\\') : token;
  });
}
