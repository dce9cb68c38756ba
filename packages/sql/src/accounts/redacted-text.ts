/**
 * A statement's text for whoever watches: passwords and hashes are `***`. Every string behind the word IDENTIFIED or
 * PASSWORD is taken for one, unless it is a host, and so is a text of PREPARE in which one of these words stands.
 * It looks at tokens, not at the tree: a text that can't be parsed must not tell more.
 */
export function redactedText(text: string): string {
  if (!secretWord.test(text)) return text;
  let behind = false;
  let last = '';
  return text.replace(token, (found) => {
    const isText = /^([xXbBnN]?['"]|0x)/.test(found);
    const isSecret = isText && last !== '@' && (behind || secretWord.test(found));
    if (!isText && secretWord.test(found)) behind = true;
    if (!/^(\s|#|--|\/\*)/.test(found)) last = found;
    return isSecret ? "'***'" : found;
  });
}

const secretWord = /identified|password/i;

/** A string (which may lack its end), a comment, a name in backquotes, a word, or any other character. */
const token =
  /[xXbBnN]?'(?:[^'\\]|\\[\s\S]|'')*'?|[xXbBnN]?"(?:[^"\\]|\\[\s\S]|"")*"?|`(?:[^`]|``)*`?|#[^\n]*|--[^\n]*|\/\*(?!!)[\s\S]*?(?:\*\/|$)|0x[\da-f]+|[\w$]+|[\s\S]/giu;
