import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Teardown, TestCluster } from './cluster.ts';

const PROXY = fileURLToPath(new URL('../../obproxy/src/main.ts', import.meta.url));
const START_TIMEOUT_MS = 30_000;

/** An obproxy in front of a cluster, as a process. */
export interface TestProxy {
  readonly port: number;
  readonly pid: number;
  /** By SIGTERM. @returns its exit code */
  stop(): Promise<number | null>;
}

/** Starts an obproxy on a free port, with further flags; it is stopped when the test ends. */
export async function startProxy(
  test: Teardown,
  cluster: Pick<TestCluster, 'nodes'>,
  flags: readonly string[] = [],
): Promise<TestProxy> {
  const servers = cluster.nodes.map((node) => `${node.svr_ip}:${node.sql_port}`).join(';');
  const directory = mkdtempSync(join(tmpdir(), 'sealane-proxy-'));
  test.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const child = spawn(
    process.execPath,
    [PROXY, '--listen-port', '0', '--rs-list', servers, '--base-dir', directory, ...flags],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const stop = (): Promise<number | null> => {
    child.kill('SIGTERM');
    return ended;
  };
  test.teardown(async () => {
    await stop();
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), START_TIMEOUT_MS);
  for await (const line of createInterface({ input: child.stdout })) {
    const { listen_port: port } = JSON.parse(line) as { listen_port?: number };
    if (port === undefined) continue;
    clearTimeout(timer);
    child.stdout.resume();
    return { port, pid: child.pid ?? 0, stop };
  }
  clearTimeout(timer);
  throw new Error(`the proxy did not start: exit code ${await ended}`);
}
