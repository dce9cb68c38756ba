/** Seconds that a zone's clocks are ahead of UTC, at a moment of UTC. `SYSTEM` is this process's zone. */
export function offsetSeconds(zone: string, utcSeconds: number): number {
  const fixed = fixedOffset(zone);
  if (fixed !== undefined) return fixed;
  const key = zone.toUpperCase();
  if (key === 'SYSTEM') return -new Date(utcSeconds * 1000).getTimezoneOffset() * 60;
  return namedOffset(zone, utcSeconds);
}

/** @returns what the zone's clocks show, microseconds since 1970 on them */
export function fromUtc(utcUs: bigint, zone: string): bigint {
  return utcUs + BigInt(offsetSeconds(zone, floorSeconds(utcUs))) * 1_000_000n;
}

/** The moment at which the zone's clocks show this; of a gap, the moment after it, of an overlap, the first. */
export function toUtc(localUs: bigint, zone: string): bigint {
  const seconds = floorSeconds(localUs);
  const before = offsetSeconds(zone, seconds - 86_400);
  const after = offsetSeconds(zone, seconds + 86_400);
  const early = before === after || offsetSeconds(zone, seconds - before) === before ? before : after;
  return localUs - BigInt(early) * 1_000_000n;
}

/** `+08:00`, `SYSTEM`, `UTC` or a name of the tz database. */
export function isTimeZone(zone: string): boolean {
  if (zone.toUpperCase() === 'SYSTEM') return true;
  if (/^[+-]/.test(zone)) return fixedOffset(zone) !== undefined;
  return /^[A-Za-z]/.test(zone) && formatterOf(zone) !== undefined;
}

const offsets = new Map<string, number | undefined>();

function fixedOffset(zone: string): number | undefined {
  if (offsets.has(zone)) return offsets.get(zone);
  const match = /^([+-])(\d{1,2}):(\d{2})$/.exec(zone);
  const minutes = match === null ? 0 : Number(match[2]) * 60 + Number(match[3]);
  const inRange = match !== null && Number(match[3]) < 60 && minutes <= (match[1] === '+' ? 840 : 839);
  const seconds = inRange ? (match[1] === '-' ? -minutes : minutes) * 60 : undefined;
  if (offsets.size < 1000) offsets.set(zone, seconds);
  return seconds;
}

const formatters = new Map<string, Intl.DateTimeFormat | undefined>();

function formatterOf(zone: string): Intl.DateTimeFormat | undefined {
  if (formatters.has(zone)) return formatters.get(zone);
  let formatter: Intl.DateTimeFormat | undefined;
  try {
    formatter = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
  } catch {
    // Not a zone: remembered as such.
  }
  if (formatters.size < 1000) formatters.set(zone, formatter);
  return formatter;
}

function namedOffset(zone: string, utcSeconds: number): number {
  const parts = formatterOf(zone)?.formatToParts(new Date(utcSeconds * 1000)) ?? [];
  const text = parts.find((part) => part.type === 'timeZoneName')?.value ?? 'GMT';
  const match = /^GMT([+-])(\d{2}):(\d{2})(?::(\d{2}))?$/.exec(text);
  if (match === null) return 0;
  const seconds = Number(match[2]) * 3600 + Number(match[3]) * 60 + Number(match[4] ?? 0);
  return match[1] === '-' ? -seconds : seconds;
}

function floorSeconds(us: bigint): number {
  return Math.floor(Number(us) / 1_000_000);
}
