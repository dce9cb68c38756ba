import { parseArgs } from 'node:util';
import { startCluster } from '@sealane/testkit';
import { replay } from './replay.ts';
import { watchFaults } from './watch-properties.ts';

/** `npm run cdc -- [--changes 100000] [--seed 1] [--kills 5]`: the same as the test, at full length. */
const { values: options } = parseArgs({
  options: {
    changes: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    kills: { type: 'string', default: '5' },
  },
});
const undo: (() => Promise<void> | void)[] = [];
const owner = { teardown: (step: () => Promise<void> | void) => void undo.push(step) };
const startedAt = performance.now();
const say = (text: string): void =>
  console.log(`${((performance.now() - startedAt) / 1000).toFixed(1)} s  ${text}`);

try {
  const cluster = await startCluster(owner);
  const { changes, differences, records } = await replay(owner, cluster, {
    changes: Number(options.changes),
    seed: Number(options.seed),
    kills: Number(options.kills),
    say,
  });
  const faults = watchFaults(records);
  for (const fault of [...differences, ...faults]) console.log(fault);
  say(
    `${changes} changes, ${records.length} records, ${differences.length} differences, ${faults.length} broken promises`,
  );
  if (differences.length + faults.length > 0) process.exitCode = 1;
} finally {
  for (const step of undo.reverse()) await step();
}
