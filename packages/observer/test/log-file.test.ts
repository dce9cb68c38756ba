import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { openLog } from '../src/log-file.ts';

t.test('lines of a log are objects, and a level hides the lower ones', async (t) => {
  const directory = await makeDirectory(t);
  const { logger, flush } = openLog(directory, 'WARN');
  logger.info({}, 'hidden');
  logger.warn({ lsId: 1 }, 'seen');
  logger.setLevel('INFO');
  logger.info({ lsId: 2 }, 'seen too');
  await flushed(flush);
  const text = await readFile(join(directory, 'observer.log'), 'utf8');
  const lines = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
  t.match(lines, [
    { lsId: 1, msg: 'seen' },
    { lsId: 2, msg: 'seen too' },
  ]);
});

t.test('a log on a full disk ends nothing', async (t) => {
  const directory = await makeDirectory(t);
  await symlink('/dev/full', join(directory, 'observer.log'));
  const { logger, flush } = openLog(directory, 'INFO');
  for (let line = 0; line < 100; line++) logger.info({ line }, 'no room');
  await flushed(flush);
  logger.info({}, 'still there');
});

/** What is on its way to the file gets there first. */
async function flushed(flush: () => void): Promise<void> {
  await setTimeout(100);
  flush();
}

async function makeDirectory(t: Test): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'log-file-'));
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  return directory;
}
