/**
 * The beginning of a text that a stranger may have sent. Always a copy: a mere slice, as names and attributes are of a login, keeps the
 * whole of a long text in memory.
 */
export function shortText(text: string, lengthMax: number): string {
  return Buffer.from(text.slice(0, lengthMax)).toString();
}
