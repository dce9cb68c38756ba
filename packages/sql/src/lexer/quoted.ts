/**
 * Reads what stands between quotes; a doubled quote is the quote itself.
 *
 * @param at offset of the opening quote
 * @param escapes whether a backslash escapes
 * @returns undefined if the closing quote is missing
 */
export function readQuoted(
  text: string,
  at: number,
  escapes: boolean,
): { readonly value: string; readonly end: number } | undefined {
  const quote = text.charCodeAt(at);
  let value = '';
  let copied = at + 1;
  for (let index = at + 1; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === quote) {
      value += text.slice(copied, index);
      if (text.charCodeAt(index + 1) !== quote) return { value, end: index + 1 };
      // The second of the two is copied with what follows.
      copied = ++index;
    } else if (code === 92 /* \ */ && escapes) {
      if (index + 1 >= text.length) return undefined;
      value += text.slice(copied, index) + unescaped(text.charAt(index + 1));
      copied = ++index + 1;
    }
  }
  return undefined;
}

/** Source: MySQL Reference Manual, "String Literals". `\%` and `\_` keep their backslash: they are for LIKE. */
function unescaped(char: string): string {
  switch (char) {
    case '0':
      return '\0';
    case 'b':
      return '\b';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'Z':
      return '\x1a';
    case '%':
    case '_':
      return `\\${char}`;
    default:
      return char;
  }
}
