import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Teardown } from './cluster.ts';
import { within } from './within.ts';

const START_TIMEOUT_MS = 5_000;
/** Of the kernel, so that a busy machine drops no packet. */
const BUFFER_KIB = '65536';
const STOP_TIMEOUT_MS = 5_000;

/** Everything that passes over loopback on some ports, as tcpdump sees it. */
export interface WireCapture {
  /**
   * Ends the capture and gives the bytes of all packets in the order they came.
   *
   * @throws Error when packets were dropped: nothing can be concluded then
   */
  stop(): Promise<Buffer>;
}

/** Capturing needs tcpdump and the right to use it. */
export function canCapture(): boolean {
  return process.getuid?.() === 0 && spawnSync('tcpdump', ['--version']).status === 0;
}

export async function captureWire(test: Teardown, ports: readonly number[]): Promise<WireCapture> {
  const directory = mkdtempSync(join(tmpdir(), 'sealane-wire-'));
  const file = join(directory, 'wire.pcap');
  const filter = ports.map((port) => `tcp port ${port}`).join(' or ');
  const child = spawn('tcpdump', [
    '-i',
    'lo',
    '-U',
    '--immediate-mode',
    '-s',
    '0',
    '-B',
    BUFFER_KIB,
    '-w',
    file,
    '-Z',
    'root',
    filter,
  ]);
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  test.teardown(() => {
    child.kill('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  });
  await within(START_TIMEOUT_MS, `tcpdump listens (${said})`, () => said.includes('listening on'));
  return {
    stop: async () => {
      await ended(child, file);
      const dropped = Number(/(\d+) packets dropped by kernel/.exec(said)?.[1] ?? 0);
      if (dropped > 0) throw new Error(`the capture is incomplete: the kernel dropped ${dropped} packets`);
      return readFileSync(file);
    },
  };
}

/** The last packets are in the file when it has stopped growing and tcpdump has ended. */
async function ended(child: ChildProcess, file: string): Promise<void> {
  let size = -1;
  await within(STOP_TIMEOUT_MS, 'the capture stops growing', () => {
    const now = statSync(file).size;
    const same = now === size;
    size = now;
    return same;
  });
  const closed = new Promise((resolve) => child.once('close', resolve));
  child.kill('SIGINT');
  await closed;
}
