const token = /'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|`((?:[^`]|``)*)`|([\p{L}\p{N}_$]+)/gu;

/** Whether an expression's text names a column: as a word of its own, not in a string. */
export function mentions(text: string, column: string): boolean {
  const wanted = column.toLowerCase();
  for (const [, quoted, bare] of text.matchAll(token)) {
    const name = quoted === undefined ? bare : quoted.replaceAll('``', '`');
    if (name?.toLowerCase() === wanted) return true;
  }
  return false;
}
