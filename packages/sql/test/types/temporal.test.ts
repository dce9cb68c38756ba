import t from 'tap';
import {
  dateOfDays,
  dateTimeOf,
  daysSinceEpoch,
  formatDateTime,
  formatTime,
  microsecondsOf,
  roundDateTime,
} from '../../src/types/calendar.ts';
import { dateTimeOfNumber, parseDateTime, parseTime } from '../../src/types/parse-date-time.ts';
import { fromUtc, isTimeZone, offsetSeconds, toUtc } from '../../src/types/time-zone.ts';

const read = (text: string): string | undefined => {
  const parsed = parseDateTime(text);
  return parsed && formatDateTime(parsed.at, 6) + (parsed.truncated ? ' …' : '');
};

const dates: readonly (readonly [string, string | undefined])[] = [
  ['2024-02-29', '2024-02-29 00:00:00.000000'],
  ['2024/2/9 1:2:3', '2024-02-09 01:02:03.000000'],
  ['2024-02-29T13:05:00.25', '2024-02-29 13:05:00.250000'],
  ['24-02-29', '2024-02-29 00:00:00.000000'],
  ['70-01-01', '1970-01-01 00:00:00.000000'],
  ['20240229', '2024-02-29 00:00:00.000000'],
  ['240229130500', '2024-02-29 13:05:00.000000'],
  ['20240229T130500', '2024-02-29 13:05:00.000000'],
  ['2024-12-31 23:59:59.9999995', '2025-01-01 00:00:00.000000'],
  ['0000-00-00', '0000-00-00 00:00:00.000000'],
  ['2024-00-10', '2024-00-10 00:00:00.000000'],
  ['2024-01-01x', '2024-01-01 00:00:00.000000 …'],
  ['2023-02-29', undefined],
  ['2024-13-01', undefined],
  ['2024-01-01 24:00:00', undefined],
  ['yesterday', undefined],
];

t.test('dates are read in all the forms MySQL allows', async (t) => {
  for (const [text, expected] of dates) t.equal(read(text), expected, text);
  const number = (value: bigint) => dateTimeOfNumber(value)?.at;
  t.match(number(101n), { year: 2000, month: 1, day: 1 });
  t.match(number(0n), { year: 0, month: 0, day: 0 });
  t.match(number(20240229130500n), { year: 2024, hour: 13, minute: 5 });
  t.equal(number(20241301n), undefined);
});

const times: readonly (readonly [string, string | undefined])[] = [
  ['10:11:12', '10:11:12.000000'],
  ['10:11', '10:11:00.000000'],
  ['1011', '00:10:11.000000'],
  ['101112', '10:11:12.000000'],
  ['-838:59:59.5', '-838:59:59.500000'],
  ['2 03:04', '51:04:00.000000'],
  ['2024-01-01 05:06:07', '05:06:07.000000'],
  ['10:60:00', undefined],
  ['x', undefined],
];

t.test('times are read in all the forms MySQL allows', async (t) => {
  for (const [text, expected] of times) {
    const parsed = parseTime(text);
    t.equal(parsed && formatTime(parsed.microseconds, 6), expected, text);
  }
});

t.test('days count as the calendar does', async (t) => {
  for (const [year, month, day] of [
    [1, 1, 1],
    [1600, 2, 29],
    [1970, 1, 1],
    [2000, 12, 31],
    [9999, 12, 31],
  ] as const) {
    const days = daysSinceEpoch(year, month, day);
    t.equal(days, Date.UTC(2000, month - 1, day) / 86_400_000 + (days - daysSinceEpoch(2000, month, day)));
    t.strictSame(dateOfDays(days), { year, month, day });
  }
  const at = { year: 2024, month: 2, day: 28, hour: 23, minute: 59, second: 59, microsecond: 999_999 };
  t.equal(microsecondsOf(at), BigInt(Date.UTC(2024, 1, 28, 23, 59, 59)) * 1000n + 999_999n);
  t.strictSame(dateTimeOf(microsecondsOf(at)), at);
  t.equal(formatDateTime(roundDateTime(at, 3), 3), '2024-02-29 00:00:00.000');
});

t.test('time zones turn clocks to UTC and back', async (t) => {
  const summer = BigInt(Date.UTC(2024, 6, 1, 12)) * 1000n;
  t.equal(fromUtc(summer, '+08:00') - summer, 8n * 3_600_000_000n);
  t.equal(fromUtc(summer, 'Europe/Berlin') - summer, 2n * 3_600_000_000n);
  for (const zone of ['+00:00', '-05:30', 'SYSTEM', 'Europe/Berlin', 'Asia/Shanghai']) {
    t.equal(toUtc(fromUtc(summer, zone), zone), summer, zone);
  }
  t.equal(offsetSeconds('America/New_York', Date.UTC(2024, 0, 1) / 1000), -18_000);
  t.strictSame(
    ['+14:00', '-13:59', '+14:01', '8:00', 'SYSTEM', 'Asia/Shanghai', 'Nowhere/City'].map(isTimeZone),
    [true, true, false, false, true, true, false],
  );
});
