import type { Install } from '@sealane/consensus';
import { isObError } from '@sealane/errors';
import type { LogPosition } from '../../packages/observer/src/snapshot/log-position.ts';
import type { DatabaseCopy } from './simulated-database.ts';
import type { Running, SimulatedServer } from './simulated-server.ts';
import type { World } from './world.ts';

interface Offer {
  readonly copy: DatabaseCopy;
  readonly position: LogPosition;
}

/**
 * Takes another server's database for the own one, in the order in which snapshot/replica-rebuild.ts does it: fetched,
 * decided, put in place, the log reset behind it, the decision forgotten.
 */
export async function installSnapshot(
  world: World,
  server: SimulatedServer,
  { client, database, sql, life }: Running,
  { from, lsn }: Install,
): Promise<void> {
  const offer = await fetchSnapshot(world, server, from, lsn);
  if (!life.alive) return;
  const mayInstall = client.role().role !== 'LEADER' && (offer?.position.lsn ?? 0) > database.appliedLsn;
  if (offer === undefined || !mayInstall) {
    server.note('no snapshot', `from ${from}`);
    await client.installFailed();
    return;
  }
  const { image } = server;
  sql.affects(() => {
    image.installed = offer.position;
  });
  if (!life.alive) return;
  database.replaceWith(offer.copy);
  server.note('snapshot', `from ${from}`, `entry ${offer.position.lsn}`);
  try {
    await client.resetTo(offer.position);
  } catch (error) {
    // The log stream ended meanwhile, and begins there when it starts.
    if (isObError(error, 'OB_CANCELED')) return;
    throw error;
  }
  sql.affects(() => {
    image.installed = undefined;
  });
  world.counts.add('snapshots installed');
}

/** Over the network, there and back, in some time; tried again for a while. */
function fetchSnapshot(
  world: World,
  server: SimulatedServer,
  from: string,
  lsn: number,
): Promise<Offer | undefined> {
  const { network, time, chance, timings } = world;
  const source = world.server(from);
  const endMs = time.nowMs + timings.electionTimeoutMaxMs * 2;
  return new Promise((resolve) => {
    const attempt = (): void => {
      if (time.nowMs > endMs) resolve(undefined);
      const owner = server.running?.sql;
      if (owner === undefined || time.nowMs > endMs) return;
      time.after(chance.between(50, 150), owner, attempt);
      network.send(
        { from: server.name, to: from },
        () => source.running?.sql,
        () => {
          void source
            .call((running) => offerOf(running, source, lsn))
            .then((outcome) => {
              if (outcome.kind !== 'done' || outcome.result === undefined) return;
              const offer = outcome.result;
              time.after(chance.between(1, 40), undefined, () => {
                network.send(
                  { from, to: server.name },
                  () => owner,
                  () => resolve(offer),
                );
              });
            });
        },
      );
    };
    attempt();
  });
}

async function offerOf(
  { client, database }: Running,
  source: SimulatedServer,
  lsn: number,
): Promise<Offer | undefined> {
  if (database.appliedLsn < lsn) return undefined;
  const copy = source.image.copy();
  const position = await client.position(copy.lsn);
  return { copy, position };
}
