import type { SimulatedServer } from './simulated-server.ts';
import type { World } from './world.ts';

/**
 * Tempts a voter who gave its word to a leader to elect another one while that leader's lease runs. As many as it can lead
 * without hear nothing of it, until they want to lead: its lease now needs the voter. Then the voter either
 *
 *  forgets  it is killed, and back at once, and hears no more of the leader; or
 *  lags     its answers came later and later, and it is cut off while the last ones are on their way.
 */
export function usurp(world: World, leader: SimulatedServer): void {
  const { chance, counts, network, time, timings, servers } = world;
  const others = chance.shuffled(servers.filter((server) => server !== leader));
  const deafCount = Math.floor(servers.length / 2);
  const deaf = others.slice(0, deafCount);
  const [voter = leader] = others.slice(deafCount);
  counts.add('usurpations');
  world.note('-', 'usurp', leader.name, `voter ${voter.name}`);
  for (const server of deaf) network.cutBoth(leader.name, server.name);
  const forgets = chance.happens(0.5);
  if (!forgets) lag(world, voter.name, leader.name);
  const partMs = chance.between(1, 2) * timings.electionTimeoutMinMs;
  later(world, partMs, () => {
    if (forgets) forget(world, leader, voter);
    // What it has answered still comes.
    else network.cut(leader.name, voter.name);
  });
  time.after(partMs + 2 * timings.electionTimeoutMaxMs, undefined, () => reconcile(world, leader, others));
}

function forget(world: World, leader: SimulatedServer, voter: SimulatedServer): void {
  world.network.cutBoth(leader.name, voter.name);
  voter.die('kill');
  later(world, 1, () => voter.start());
}

/** More and more: a leader that hears nothing for long steps down. */
function lag(world: World, from: string, to: string): void {
  const stepMs = world.chance.between(0.1, 0.5) * world.timings.electionTimeoutMinMs;
  for (let step = 1; step <= 4; step++) {
    later(world, step * stepMs, () => world.network.lag(from, to, step * stepMs));
  }
}

function later(world: World, delayMs: number, act: () => void): void {
  world.time.after(delayMs, undefined, () => {
    if (world.stormy) act();
  });
}

function reconcile({ network }: World, leader: SimulatedServer, others: readonly SimulatedServer[]): void {
  for (const { name } of others) {
    network.mendBoth(leader.name, name);
    network.lag(name, leader.name, 0);
  }
}
