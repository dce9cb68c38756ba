/** MySQL's LIKE without regard to case: `%` any text, `_` one character, a backslash takes the next one as it is. */
export function likeMatcher(pattern: string): (text: string) => boolean {
  const source = pattern.replace(/\\(.)|(.)/gsu, (found, escapedOne: string | undefined) => {
    if (escapedOne !== undefined) return literally(escapedOne);
    return found === '%' ? '.*' : found === '_' ? '.' : literally(found);
  });
  const form = new RegExp(`^${source}$`, 'isu');
  return (text) => form.test(text);
}

function literally(character: string): string {
  return /[\\^$.*+?()[\]{}|/]/.test(character) ? `\\${character}` : character;
}
