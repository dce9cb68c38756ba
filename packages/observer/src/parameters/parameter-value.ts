/** The data types of parameters, as GV$OB_PARAMETERS names them, and how their values are read. */
export type ParameterType = 'BOOL' | 'INT' | 'STRING' | 'TIME' | 'CAPACITY';

const trueWords = new Set(['true', 'on', 'yes', 't', '1']);
const falseWords = new Set(['false', 'off', 'no', 'f', '0']);

const timeUnitsUs: Readonly<Record<string, number>> = {
  us: 1,
  ms: 1_000,
  s: 1_000_000,
  m: 60_000_000,
  min: 60_000_000,
  h: 3_600_000_000,
  d: 86_400_000_000,
};

const capacityUnits: Readonly<Record<string, number>> = {
  b: 1,
  k: 2 ** 10,
  kb: 2 ** 10,
  m: 2 ** 20,
  mb: 2 ** 20,
  g: 2 ** 30,
  gb: 2 ** 30,
  t: 2 ** 40,
  tb: 2 ** 40,
};

/** @returns undefined when the text is no boolean in OceanBase's sense */
export function parseBool(text: string): boolean | undefined {
  const word = text.trim().toLowerCase();
  if (trueWords.has(word)) return true;
  return falseWords.has(word) ? false : undefined;
}

export function parseInteger(text: string): number | undefined {
  return /^\s*[+-]?\d{1,15}\s*$/.test(text) ? Number(text) : undefined;
}

/** @returns microseconds; a bare number is seconds, as in OceanBase */
export function parseTimeUs(text: string): number | undefined {
  return parseWithUnit(text, timeUnitsUs, 's');
}

/** @returns bytes; a bare number is megabytes, as in OceanBase */
export function parseCapacity(text: string): number | undefined {
  return parseWithUnit(text, capacityUnits, 'mb');
}

function parseWithUnit(
  text: string,
  units: Readonly<Record<string, number>>,
  bareUnit: string,
): number | undefined {
  const match = /^\s*(\d{1,15})\s*([a-z]*)\s*$/i.exec(text);
  if (match === null) return undefined;
  const unit = units[(match[2] || bareUnit).toLowerCase()];
  return unit === undefined ? undefined : Number(match[1]) * unit;
}
