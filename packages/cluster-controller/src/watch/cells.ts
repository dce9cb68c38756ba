/** Texts in a terminal's cells. All that is written here is one cell wide a character. */

export function pad(text: string, width: number): string {
  return cut(text, width).padEnd(width);
}

/** With a sign that something is missing. Control characters of whoever wrote the text do nothing. */
export function cut(text: string, width: number): string {
  const clean = text.replaceAll(/\p{Cc}/gu, ' ');
  if (clean.length <= width) return clean;
  return width <= 1 ? clean.slice(0, width) : `${clean.slice(0, width - 1)}…`;
}

const levels = '▁▂▃▄▅▆▇█';

/** The last values as columns, the newest at the right; a blank where nothing is known. */
export function sparkText(values: readonly (number | null)[], width: number): string {
  const last = values.slice(-width);
  const top = Math.max(1, ...last.filter((value) => value !== null));
  return last
    .map((value) =>
      value === null
        ? ' '
        : (levels[Math.min(levels.length - 1, Math.floor((value / top) * levels.length))] ?? ' '),
    )
    .join('');
}

/** @param share  of the whole, 0 to 1 */
export function barText(share: number, width: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * width);
  return '█'.repeat(full) + '░'.repeat(width - full);
}
