/** A point on the calendar, without a time zone. Fields may be zero, as MySQL allows. */
export interface DateTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly microsecond: number;
}

export const zeroDateTime: DateTime = {
  year: 0,
  month: 0,
  day: 0,
  hour: 0,
  minute: 0,
  second: 0,
  microsecond: 0,
};

const dayUs = 86_400_000_000n;

/** Days since 1970-01-01 of the proleptic Gregorian calendar. */
export function daysSinceEpoch(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

export function dateOfDays(days: number): { year: number; month: number; day: number } {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
}

export function daysInMonth(year: number, month: number): number {
  if (month === 2) return isLeapYear(year) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

export function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

/** Microseconds since 1970-01-01 00:00:00 on the same clock. The date must be a real one. */
export function microsecondsOf(at: DateTime): bigint {
  const seconds =
    daysSinceEpoch(at.year, at.month, at.day) * 86_400 + at.hour * 3600 + at.minute * 60 + at.second;
  return BigInt(seconds) * 1_000_000n + BigInt(at.microsecond);
}

export function dateTimeOf(microseconds: bigint): DateTime {
  let days = microseconds / dayUs;
  let rest = microseconds % dayUs;
  if (rest < 0n) {
    rest += dayUs;
    days -= 1n;
  }
  const ofDay = Number(rest);
  const seconds = Math.floor(ofDay / 1_000_000);
  return {
    ...dateOfDays(Number(days)),
    hour: Math.floor(seconds / 3600),
    minute: Math.floor(seconds / 60) % 60,
    second: seconds % 60,
    microsecond: ofDay % 1_000_000,
  };
}

export function isZeroDate(at: DateTime): boolean {
  return at.year === 0 && at.month === 0 && at.day === 0;
}

/** Month or day is 0, but not the whole date: `2020-00-00`. */
export function hasZeroPart(at: DateTime): boolean {
  return (at.month === 0 || at.day === 0) && !isZeroDate(at);
}

/** `2024-02-29` */
export function formatDate(at: DateTime): string {
  return `${pad(at.year, 4)}-${pad(at.month, 2)}-${pad(at.day, 2)}`;
}

/** `2024-02-29 13:05:00.250` with as many digits as `decimals` says; the rest is cut, not rounded. */
export function formatDateTime(at: DateTime, decimals: number): string {
  const clock = `${pad(at.hour, 2)}:${pad(at.minute, 2)}:${pad(at.second, 2)}`;
  return `${formatDate(at)} ${clock}${fraction(at.microsecond, decimals)}`;
}

/** A TIME of so many microseconds: `-838:59:59.5`. */
export function formatTime(microseconds: bigint, decimals: number): string {
  const negative = microseconds < 0n;
  const magnitude = negative ? -microseconds : microseconds;
  const seconds = Number(magnitude / 1_000_000n);
  const clock = `${pad(Math.floor(seconds / 3600), 2)}:${pad(Math.floor(seconds / 60) % 60, 2)}:${pad(seconds % 60, 2)}`;
  return `${negative ? '-' : ''}${clock}${fraction(Number(magnitude % 1_000_000n), decimals)}`;
}

/** Rounds half up to `decimals` digits of a second. The date must be a real one unless nothing carries. */
export function roundDateTime(at: DateTime, decimals: number): DateTime {
  const step = 10 ** (6 - decimals);
  const rounded = Math.round(at.microsecond / step) * step;
  if (rounded < 1_000_000) return { ...at, microsecond: rounded };
  if (at.month === 0 || at.day === 0) return { ...at, microsecond: 0 };
  return dateTimeOf(microsecondsOf({ ...at, microsecond: 0 }) + 1_000_000n);
}

/** Rounds half away from zero. */
export function roundMicroseconds(microseconds: bigint, decimals: number): bigint {
  const step = 10n ** BigInt(6 - decimals);
  const half = microseconds < 0n ? -(step / 2n) : step / 2n;
  return ((microseconds + half) / step) * step;
}

function fraction(microsecond: number, decimals: number): string {
  return decimals === 0 ? '' : `.${pad(microsecond, 6).slice(0, decimals)}`;
}

function pad(value: number, width: number): string {
  return value.toString().padStart(width, '0');
}
