import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ObError } from '@sealane/errors';

/** tcpdump says that it listens before it does, or fails at once. */
const START_TIMEOUT_MS = 5_000;
const END_TIMEOUT_MS = 5_000;
/** A cluster under load sends more than anybody wants to read. */
const PACKETS_MAX = 500_000;

/**
 * Listens on every interface of this machine to the given ports while `meanwhile` runs, and for `seconds` at least.
 *
 * @param read  gets the file; it is gone afterwards
 * @throws ObError OB_OP_NOT_ALLOW when nobody may listen here
 */
export async function tapWhile<Value>(
  ports: readonly number[],
  seconds: number,
  meanwhile: () => Promise<void>,
  read: (file: string) => Value,
): Promise<Value> {
  const directory = mkdtempSync(join(tmpdir(), 'sealane-tap-'));
  const file = join(directory, 'tap.pcap');
  try {
    const filter = `tcp and (${ports.map((port) => `port ${port}`).join(' or ')})`;
    const tap = await startTcpdump([
      '-i',
      'any',
      '-s',
      '0',
      '-U',
      '-c',
      String(PACKETS_MAX),
      '-w',
      file,
      filter,
    ]);
    try {
      await Promise.all([meanwhile(), delay(seconds * 1000)]);
    } finally {
      await tap.end();
    }
    return read(file);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function startTcpdump(options: readonly string[]): Promise<{ end(): Promise<void> }> {
  // Without -Z it would give up root before it can open the file.
  const child = spawn('tcpdump', ['-Z', 'root', ...options], { stdio: ['ignore', 'ignore', 'pipe'] });
  let words = '';
  const { promise: started, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => reject(refused('tcpdump did not begin to listen')), START_TIMEOUT_MS);
  const ended = new Promise<void>((done) => child.once('close', () => done()));
  child.once('error', (error) => reject(refused(`tcpdump can't be run: ${error.message}`)));
  child.once('close', () => reject(refused(`tcpdump ended: ${words.trim()}`)));
  child.stderr.on('data', (chunk: Buffer) => {
    words += chunk.toString('utf8');
    if (words.includes('listening on')) resolve();
  });
  try {
    await started;
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  } finally {
    clearTimeout(timer);
  }
  return {
    end: async () => {
      child.kill('SIGINT');
      const late = setTimeout(() => child.kill('SIGKILL'), END_TIMEOUT_MS);
      await ended;
      clearTimeout(late);
    },
  };
}

function refused(why: string): ObError {
  const message = `--tap: ${why}; it takes tcpdump, and root (or a capture made elsewhere: --capture FILE)`;
  return new ObError('OB_OP_NOT_ALLOW', [], { message });
}
