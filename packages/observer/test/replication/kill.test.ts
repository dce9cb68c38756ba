import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { seededRandom } from '@sealane/consensus';
import t from 'tap';

t.test('kill -9 in the middle of writing loses nothing that was acknowledged', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'log-kill-'));
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  const seed = Date.now() % 1_000_000;
  t.comment(`seed ${seed}`);
  const random = seededRandom(seed);
  let acknowledgedLsn = 0;
  for (let round = 0; round < 5; round++) {
    const { recoveredLsn, lastLsn } = await writeUntilKilled(directory, 20 + Math.floor(random() * 300));
    t.ok(
      recoveredLsn > acknowledgedLsn,
      `round ${round}: ${recoveredLsn} recovered of ${acknowledgedLsn} acknowledged`,
    );
    t.ok(lastLsn > recoveredLsn, 'and it went on');
    acknowledgedLsn = lastLsn;
  }
});

/** Kills the process after so many acknowledgements. */
async function writeUntilKilled(
  directory: string,
  count: number,
): Promise<{ recoveredLsn: number; lastLsn: number }> {
  const script = fileURLToPath(new URL('writing-process.ts', import.meta.url));
  const child = spawn(process.execPath, [script, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  const deadline = setTimeout(() => child.kill('SIGKILL'), 20_000);
  let recoveredLsn = 0;
  let lastLsn = 0;
  let left = count;
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('start ')) {
      recoveredLsn = Number(line.slice('start '.length));
    } else {
      lastLsn = Math.max(lastLsn, Number(line));
      left -= 1;
      if (left === 0) child.kill('SIGKILL');
    }
  }
  clearTimeout(deadline);
  return { recoveredLsn, lastLsn };
}
