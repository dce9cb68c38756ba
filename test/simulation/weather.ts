import { defaultTimings } from '@sealane/consensus';
import type { LogStreamTimings } from '../../packages/observer/src/replication/index.ts';
import type { RoundBounds } from '../../packages/observer/src/tenant/commit-round.ts';
import { calmNetwork, type NetworkWeather } from './network.ts';
import type { Chance } from './random.ts';

/** What can be done to a cluster; each seed draws some of it, so that some see little and get far. */
const faultNames = [
  'kill',
  'power',
  'blackout',
  'pause',
  'long-statement',
  'freeze',
  'partition',
  'flicker',
  'stutter',
  'clog',
  'renew',
  'roll',
  'transfer',
  'stopping',
  'slow-disk',
  'full-disk',
  'failed-sync',
  'clock-jump',
  'wipe',
  'rot',
  'members',
] as const;

/** `usurp` needs a network that is well otherwise. */
export type FaultName = (typeof faultNames)[number] | 'usurp';

/** How this seed's world is. */
export interface Weather {
  /** Nothing fails by itself. */
  readonly gentle: boolean;
  /** All machines there are; those that are no members at first are spare. */
  readonly servers: readonly string[];
  readonly members: readonly string[];
  readonly timings: LogStreamTimings;
  /** Other than production's: what a round waits for, and how much goes into it. */
  readonly rounds: Partial<RoundBounds>;
  readonly stormMs: number;
  readonly calmMaxMs: number;
  readonly network: NetworkWeather;
  /** Milliseconds between two of its kind, on average. */
  readonly faults: ReadonlyMap<FaultName, number>;
  readonly clientCount: number;
  readonly thinkMaxMs: number;
  readonly keyCount: number;
  /** Chance that a process dies right at an effect: a write, an fsync, a message, a commit. */
  readonly deathRate: number;
  /** Of the deaths at an effect, those in which the machine loses power. */
  readonly powerShare: number;
  readonly clockDrift: number;
  readonly syncMaxMs: number;
  readonly commitMaxMs: number;
  readonly segmentSizeMax: number;
  readonly cacheSizeMax: number;
  readonly commitsPerCheckpoint: number;
  /** Bytes of log that stay for slow members. */
  readonly keptSizeMax: number;
}

export function drawWeather(chance: Chance): Weather {
  const hasty = chance.happens(0.8);
  const timings = drawTimings(chance, hasty);
  const scale = hasty ? 1 : 5;
  const faults = drawFaults(chance, scale);
  const memberCount = chance.happens(0.8) ? 3 : 5;
  const weather: Weather = {
    gentle: false,
    servers: ['a', 'b', 'c', 'd', 'e'].slice(0, faults.has('members') ? 5 : memberCount),
    members: ['a', 'b', 'c', 'd', 'e'].slice(0, memberCount),
    timings,
    rounds: drawRounds(chance),
    stormMs: chance.between(4000, 8000) * (hasty ? 1 : 2.5),
    calmMaxMs: calmMaxMs(timings),
    network: drawNetwork(chance, hasty),
    faults,
    clientCount: chance.pick([1, 2, 4, 8]),
    thinkMaxMs: chance.pick([2, 20, 60, 200, 2000]) * (hasty ? 1 : 2),
    keyCount: chance.pick([1, 3, 8]),
    deathRate: chance.happens(0.5) ? 0 : chance.skewed(0.0001, 0.004),
    powerShare: chance.fraction(),
    clockDrift: chance.happens(0.5) ? 0 : chance.between(0, 0.08),
    syncMaxMs: chance.happens(0.6) ? 3 : chance.between(3, 60) * (hasty ? 1 : 3),
    commitMaxMs: chance.happens(0.8) ? 0.1 : 3,
    segmentSizeMax: chance.pick([1024, 4096, 64 * 1024]),
    cacheSizeMax: chance.pick([200, 4096, 1024 * 1024]),
    commitsPerCheckpoint: chance.pick([1, 10, 100]),
    keptSizeMax: chance.pick([0, 2048, 100_000]),
  };
  const kind = chance.fraction();
  if (kind < 0.05) return gentle(weather, chance, scale);
  if (kind < 0.25) return restless(weather, chance);
  return kind < 0.31 ? usurped(weather, chance) : weather;
}

/** Leaders come and go all the time: what goes wrong in elections, or after them, goes wrong here. */
function restless(weather: Weather, chance: Chance): Weather {
  const faults = new Map<FaultName, number>();
  for (const name of ['kill', 'transfer', 'partition', 'pause', 'blackout', 'clog', 'slow-disk'] as const) {
    if (chance.happens(0.5)) faults.set(name, chance.between(50, 600));
  }
  if (chance.happens(0.5)) faults.set('flicker', chance.between(20, 300));
  if (chance.happens(0.6)) faults.set('stutter', chance.between(300, 3000));
  const { members } = weather;
  const timings = drawTimings(chance, true);
  return {
    ...weather,
    servers: members,
    timings,
    stormMs: chance.between(6000, 10_000),
    calmMaxMs: calmMaxMs(timings),
    faults,
    deathRate: chance.between(0.001, 0.01),
    powerShare: chance.fraction() * 0.5,
    syncMaxMs: chance.pick([3, 20]),
    clientCount: 2,
    // Where nobody writes, who hears nothing has as much as the others, and may be elected.
    thinkMaxMs: chance.pick([2, 40, 2000]),
    network: {
      lossRate: chance.skewed(0, 0.2),
      doubleRate: chance.skewed(0, 0.3),
      delayMaxMs: chance.between(5, 100),
      straggleRate: chance.between(0, 0.1),
      inOrder: false,
    },
  };
}

/** Others want to lead while a leader believes that it does; little else goes wrong. */
function usurped(weather: Weather, chance: Chance): Weather {
  const { members } = weather;
  const timings = drawTimings(chance, true);
  const faults = new Map<FaultName, number>([['usurp', timings.electionTimeoutMaxMs * 4]]);
  if (chance.happens(0.5)) faults.set('transfer', chance.between(300, 2000));
  return {
    ...weather,
    servers: members,
    timings,
    stormMs: chance.between(6000, 10_000),
    calmMaxMs: calmMaxMs(timings),
    faults,
    deathRate: 0,
    syncMaxMs: chance.pick([3, 20]),
    clientCount: 2,
    thinkMaxMs: chance.pick([2, 40, 2000]),
    network: { ...calmNetwork, delayMaxMs: chance.between(1, 20), inOrder: chance.happens(0.5) },
  };
}

/** Nothing fails, but what is done on purpose: then no result is unknown, and nobody loses leadership otherwise. */
function gentle(weather: Weather, chance: Chance, scale: number): Weather {
  const faults = new Map<FaultName, number>();
  for (const name of ['transfer', 'roll', 'freeze', 'long-statement'] as const) {
    if (chance.happens(0.4)) faults.set(name, chance.between(800, 2000) * scale);
  }
  const { members } = weather;
  return {
    ...weather,
    gentle: true,
    servers: members,
    network: calmNetwork,
    faults,
    deathRate: 0,
    syncMaxMs: 3,
  };
}

function drawNetwork(chance: Chance, hasty: boolean): NetworkWeather {
  if (chance.happens(0.15)) return calmNetwork;
  return {
    lossRate: chance.happens(0.4) ? 0 : chance.skewed(0, 0.3),
    doubleRate: chance.happens(0.5) ? 0 : chance.skewed(0, 0.5),
    delayMaxMs: chance.happens(0.5) ? 5 : chance.between(5, hasty ? 150 : 800),
    straggleRate: chance.happens(0.6) ? 0 : chance.skewed(0, 0.1),
    inOrder: chance.happens(0.4),
  };
}

function drawFaults(chance: Chance, scale: number): Map<FaultName, number> {
  const faults = new Map<FaultName, number>();
  const share = chance.between(0.1, 0.8);
  for (const name of faultNames) {
    if (chance.happens(share)) faults.set(name, chance.between(300, 4000) * scale);
  }
  return faults;
}

/** Production's own in every other seed. What waits for company changes what is on its way when something fails. */
function drawRounds(chance: Chance): Partial<RoundBounds> {
  if (chance.happens(0.5)) return {};
  return {
    gatherMs: chance.pick([0, 5, 20]),
    countMax: chance.pick([1, 3, 512]),
    ageMaxMs: chance.pick([1, 20, 200]),
  };
}

/**
 * Production's own, or as if it had faster clocks. How soon followers hear of a commit decides which of them know of it when
 * something fails; how long candidates wait, what may still come to them.
 */
function drawTimings(chance: Chance, hasty: boolean): LogStreamTimings {
  if (!hasty) return { ...defaultTimings, proposeTimeoutMs: 4000 };
  const electionTimeoutMaxMs = chance.pick([280, 450, 450, 900]);
  const commitNoticeMs = chance.pick([
    defaultTimings.commitNoticeMs,
    defaultTimings.commitNoticeMs,
    1,
    20,
    100,
  ]);
  return { ...hastyTimings, electionTimeoutMaxMs, commitNoticeMs };
}

/** Some elections, one after the other. */
function calmMaxMs({ electionTimeoutMaxMs }: LogStreamTimings): number {
  return Math.max(4000, electionTimeoutMaxMs * 8);
}

/** Elections come often, and messages are as slow as they are. */
const hastyTimings: LogStreamTimings = {
  heartbeatMs: 60,
  electionTimeoutMinMs: 200,
  electionTimeoutMaxMs: 450,
  leaseMs: 160,
  probeIntervalMs: 30,
  commitNoticeMs: defaultTimings.commitNoticeMs,
  transferTimeoutMs: 300,
  proposeTimeoutMs: 900,
};
