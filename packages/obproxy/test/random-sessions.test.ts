import t from 'tap';
import { Chance } from './fake/chance.ts';
import { FakeCluster } from './fake/fake-cluster.ts';
import { proxyOf } from './fake/fake-proxy.ts';
import { Ledger } from './fake/model.ts';
import { ScriptedClient } from './fake/scripted-client.ts';
import { Storm } from './fake/storm.ts';

/**
 * Clients run scripts through a proxy while servers lead, are deposed and die, at every point of a command. Each is told what
 * one connection to one server would have told it: one answer for each command, nothing done twice, nothing lost, nobody else's.
 *
 *     SEED=7 SEEDS=100 node packages/obproxy/test/random-sessions.test.ts
 */

const seedCount = Number(process.env['SEEDS'] ?? 8);
const firstSeed = Number(process.env['SEED'] ?? 1);
const clientCount = 3;
const stepCount = 120;

t.setTimeout(600_000);

t.test('whatever servers do, a client sees one connection', async (t) => {
  const totals: Record<string, number> = {};
  for (let seed = firstSeed; seed < firstSeed + seedCount; seed += 1) {
    const { faults, counts } = await scenario(seed);
    for (const [name, count] of Object.entries(counts)) totals[name] = (totals[name] ?? 0) + count;
    t.same(faults, [], `seed ${seed}`);
    if (faults.length > 0) break;
  }
  t.comment(JSON.stringify(totals));
  if (seedCount >= 20)
    for (const name of ['killed', 'unknown', 'interrupted', 'closed'])
      t.ok((totals[name] ?? 0) > 0, `it has happened: ${name}`);
});

async function scenario(
  seed: number,
): Promise<{ readonly faults: readonly string[]; readonly counts: Readonly<Record<string, number>> }> {
  const chance = new Chance(seed);
  const storm = new Storm(chance);
  const cluster = new FakeCluster(storm);
  await cluster.start();
  const proxy = proxyOf(cluster, { enable_ob_protocol_v2: chance.happens(0.5) ? 'True' : 'False' });
  const port = await proxy.start();
  const ledger = new Ledger();
  const clients = Array.from(
    { length: clientCount },
    (_, index) => new ScriptedClient(port, new Chance(seed * 1000 + index), ledger),
  );
  storm.begin(cluster);
  const results = await Promise.allSettled(clients.map((client) => client.run(stepCount)));
  await storm.end();
  await proxy.stop();
  await cluster.stop();
  const thrown = results.flatMap((result) => (result.status === 'rejected' ? [String(result.reason)] : []));
  const told = clients.flatMap(({ faults, trace }) => (faults.length === 0 ? [] : [...faults, ...trace]));
  const counts: Record<string, number> = {};
  for (const client of clients)
    for (const [name, count] of Object.entries(client.counts)) counts[name] = (counts[name] ?? 0) + count;
  return { faults: [...thrown, ...told, ...ledger.faults(cluster.store)], counts };
}
