import { type DateTime, daysSinceEpoch } from '../types/calendar.ts';

/** 0 is Sunday. */
export function weekday(at: Pick<DateTime, 'year' | 'month' | 'day'>): number {
  return (((daysSinceEpoch(at.year, at.month, at.day) + 4) % 7) + 7) % 7;
}

export function dayOfYear(at: Pick<DateTime, 'year' | 'month' | 'day'>): number {
  return daysSinceEpoch(at.year, at.month, at.day) - daysSinceEpoch(at.year, 1, 1) + 1;
}

/**
 * The week of a day and the year that the week belongs to.
 *
 * @param mode MySQL's: bit 0 weeks begin on Monday; bit 1 the days before week 1 are of the old year's last
 *   week (not week 0); bit 2 inverts bit 0 as to which week is the first: with it, week 1 is the first that
 *   begins in the year, otherwise the first with four days or more for Monday (see the manual, WEEK)
 */
export function weekOf(at: DateTime, mode: number): { week: number; year: number } {
  const mondayFirst = (mode & 1) !== 0;
  const inYearOnly = (mode & 2) === 0;
  // Modes 0, 2, 5 and 7: week 1 is the first with a Sunday (or Monday) in this year.
  const firstFullWeek = mondayFirst === ((mode & 4) !== 0);
  const days = daysSinceEpoch(at.year, at.month, at.day);
  const start = weekOneStart(at.year, mondayFirst, firstFullWeek);
  if (days < start) {
    if (inYearOnly) return { week: 0, year: at.year };
    const previous = weekOneStart(at.year - 1, mondayFirst, firstFullWeek);
    return { week: Math.floor((days - previous) / 7) + 1, year: at.year - 1 };
  }
  const week = Math.floor((days - start) / 7) + 1;
  if (!inYearOnly && days >= weekOneStart(at.year + 1, mondayFirst, firstFullWeek))
    return { week: 1, year: at.year + 1 };
  return { week, year: at.year };
}

/** The first day of week 1, in days since 1970. */
function weekOneStart(year: number, mondayFirst: boolean, firstFullWeek: boolean): number {
  const newYear = daysSinceEpoch(year, 1, 1);
  const sundayBased = weekday({ year, month: 1, day: 1 });
  const offset = mondayFirst ? (sundayBased + 6) % 7 : sundayBased;
  if (firstFullWeek) return offset === 0 ? newYear : newYear + 7 - offset;
  return offset <= 3 ? newYear - offset : newYear + 7 - offset;
}

export const monthNames = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const;

/** From Sunday on. */
export const dayNames = [
  'Sunday',
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
] as const;
