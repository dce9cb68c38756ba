/** The health of an open link, as both ends see it. Times are milliseconds of a monotonic clock. */
export interface Heartbeat {
  /** When the peer last sent anything. */
  readonly heardAt: number;
  /** When to ask for a sign of life; Infinity on the side that only answers. */
  readonly pingAt: number;
  /** When we meant to look next; being late tells that this process itself stood still. */
  readonly lookAt: number;
}

export interface HeartbeatTimings {
  readonly pingEveryMs: number;
  readonly deadAfterMs: number;
}

/** A wake-up this late means that we were the ones who stood still, so silence proves nothing. */
const STALL_MS = 250;

export function startHeartbeat(now: number, timings: HeartbeatTimings, pings: boolean): Heartbeat {
  return plan({ heardAt: now, pingAt: pings ? now + timings.pingEveryMs : Infinity, lookAt: now }, timings);
}

/** The next look stays where it is: it finds out by itself that the peer has been heard. */
export function heard(beat: Heartbeat, now: number): Heartbeat {
  return { ...beat, heardAt: now };
}

/** @returns what to do now, and the heartbeat that follows */
export function look(
  beat: Heartbeat,
  now: number,
  timings: HeartbeatTimings,
): { readonly beat: Heartbeat; readonly verdict: 'ping' | 'dead' | 'wait' } {
  const late = now - beat.lookAt;
  const heardAt = late > STALL_MS ? Math.min(now, beat.heardAt + late) : beat.heardAt;
  if (now - heardAt >= timings.deadAfterMs) return { beat, verdict: 'dead' };
  if (now < beat.pingAt) return { beat: plan({ ...beat, heardAt }, timings), verdict: 'wait' };
  return { beat: plan({ ...beat, heardAt, pingAt: now + timings.pingEveryMs }, timings), verdict: 'ping' };
}

function plan(beat: Heartbeat, timings: HeartbeatTimings): Heartbeat {
  return { ...beat, lookAt: Math.min(beat.pingAt, beat.heardAt + timings.deadAfterMs) };
}
