import { type ByteReader, malformed } from './byte-reader.ts';
import type { PacketWriter } from './packet-writer.ts';

/**
 * DATE, DATETIME and TIMESTAMP in binary rows and parameters: size (u8: 0, 4, 7 or 11), then year (u16), month, day, hour,
 * minute, second (u8 each), microseconds (u32), as far as the size reaches.
 *
 * TIME: size (u8: 0, 8 or 12), then sign (u8: 1 is negative), days (u32), hour, minute, second (u8 each), microseconds (u32).
 * Source: docs/protocol/mysql.md#binary-values
 */

const dateTimePattern =
  /^(\d{1,4})-(\d{1,2})-(\d{1,2})(?:[ T](\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,6}))?)?)?$/;
const timePattern = /^(-?)(\d{1,3}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,6}))?)?$/;

/** @param text  `YYYY-MM-DD[ hh:mm:ss[.ffffff]]`; anything else goes as the zero date */
export function writeDateTime(writer: PacketWriter, text: string): void {
  const match = dateTimePattern.exec(text);
  if (match === null) {
    writer.u8(0);
    return;
  }
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(toNumber);
  const micros = fraction(match[7]);
  const size = micros > 0 ? 11 : hour + minute + second > 0 ? 7 : year + month + day > 0 ? 4 : 0;
  writer.u8(size);
  if (size >= 4) writer.u16(year).u8(month).u8(day);
  if (size >= 7) writer.u8(hour).u8(minute).u8(second);
  if (size >= 11) writer.u32(micros);
}

/** @returns `YYYY-MM-DD`, with ` hh:mm:ss[.ffffff]` unless `dateOnly` */
export function readDateTime(reader: ByteReader, dateOnly: boolean): string {
  const size = reader.u8();
  if (size !== 0 && size !== 4 && size !== 7 && size !== 11) throw malformed(`a date of ${size} bytes`);
  const date =
    size >= 4 ? `${pad(reader.u16(), 4)}-${pad(reader.u8(), 2)}-${pad(reader.u8(), 2)}` : '0000-00-00';
  const time =
    size >= 7 ? `${pad(reader.u8(), 2)}:${pad(reader.u8(), 2)}:${pad(reader.u8(), 2)}` : '00:00:00';
  const micros = size >= 11 ? reader.u32() : 0;
  return dateOnly ? date : `${date} ${time}${fractionText(micros)}`;
}

/** @param text  `[-]hhh:mm:ss[.ffffff]`; anything else goes as zero */
export function writeTime(writer: PacketWriter, text: string): void {
  const match = timePattern.exec(text);
  if (match === null) {
    writer.u8(0);
    return;
  }
  const [hours = 0, minutes = 0, seconds = 0] = match.slice(2, 5).map(toNumber);
  const micros = fraction(match[5]);
  const size = micros > 0 ? 12 : hours + minutes + seconds > 0 ? 8 : 0;
  writer.u8(size);
  if (size === 0) return;
  writer
    .u8(match[1] === '-' ? 1 : 0)
    .u32(Math.trunc(hours / 24))
    .u8(hours % 24)
    .u8(minutes)
    .u8(seconds);
  if (size === 12) writer.u32(micros);
}

/** @returns `[-]hh:mm:ss[.ffffff]` */
export function readTime(reader: ByteReader): string {
  const size = reader.u8();
  if (size === 0) return '00:00:00';
  if (size !== 8 && size !== 12) throw malformed(`a time of ${size} bytes`);
  const sign = reader.u8() === 1 ? '-' : '';
  const days = reader.u32();
  const hours = days * 24 + reader.u8();
  const rest = `${pad(reader.u8(), 2)}:${pad(reader.u8(), 2)}`;
  return `${sign}${pad(hours, 2)}:${rest}${fractionText(size === 12 ? reader.u32() : 0)}`;
}

function toNumber(digits: string | undefined): number {
  return digits === undefined ? 0 : Number(digits);
}

function fraction(digits: string | undefined): number {
  return digits === undefined ? 0 : Number(digits.padEnd(6, '0'));
}

function fractionText(micros: number): string {
  return micros === 0 ? '' : `.${pad(micros, 6)}`;
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, '0');
}
