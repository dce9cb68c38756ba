/** How the values of parameters are written and read. */
export type ParameterType = 'BOOL' | 'INT' | 'TIME' | 'STRING';

const trueWords = new Set(['true', 'on', 'yes', 't', '1']);
const falseWords = new Set(['false', 'off', 'no', 'f', '0']);
const timeUnitsMs: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1_000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** @returns undefined for a text that is no boolean in OceanBase's sense */
export function parseBool(text: string): boolean | undefined {
  const word = text.trim().toLowerCase();
  if (trueWords.has(word)) return true;
  return falseWords.has(word) ? false : undefined;
}

export function parseInteger(text: string): number | undefined {
  return /^\s*[+-]?\d{1,15}\s*$/.test(text) ? Number(text) : undefined;
}

/** @returns milliseconds; a bare number is seconds, as in OceanBase */
export function parseTimeMs(text: string): number | undefined {
  const match = /^\s*(\d{1,12})\s*([a-z]*)\s*$/i.exec(text);
  if (match === null) return undefined;
  const unit = timeUnitsMs[(match[2] || 's').toLowerCase()];
  return unit === undefined ? undefined : Number(match[1]) * unit;
}
