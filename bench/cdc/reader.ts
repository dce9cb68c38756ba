import { Obcdc } from '../../packages/obcdc/src/index.ts';

/**
 * A process that reads changes and does nothing with them, so that what obcdc takes isn't the load's. Its settings are in `argv[2]`, as
 * JSON; for each message it tells its parent what came since the last one.
 */
const cdc = new Obcdc({ config: JSON.parse(process.argv[2] ?? '{}') });
let changes = 0;
let lagsMs: number[] = [];

process.on('message', () => {
  lagsMs.sort((a, b) => a - b);
  const median = lagsMs[lagsMs.length >> 1] ?? 0;
  process.send?.({ changes, medianMs: median, maxMs: lagsMs.at(-1) ?? 0, cpuUs: cpuUs() });
  changes = 0;
  lagsMs = [];
});
process.on('disconnect', () => process.exit());

for await (const batch of cdc.batches()) {
  const rows = batch.filter(({ type }) => type === 'insert' || type === 'update' || type === 'delete');
  changes += rows.length;
  const [first] = batch;
  if (first !== undefined && first.type !== 'heartbeat') lagsMs.push(Date.now() - first.commitTimeUs / 1000);
}

function cpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
