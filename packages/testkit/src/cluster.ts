import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CONTROLLER = fileURLToPath(new URL('../../cluster-controller/src/main.ts', import.meta.url));
const COMPILE_CACHE = fileURLToPath(new URL('../../../node_modules/.cache/sealane/compile', import.meta.url));
const COMMAND_TIMEOUT_MS = 90_000;

/** A test that can be told what to undo. */
export interface Teardown {
  teardown(undo: () => Promise<void> | void): void;
}

export interface TestNode {
  readonly name: string;
  readonly svr_ip: string;
  readonly svr_port: number;
  readonly sql_port: number;
  readonly zone: string;
  readonly pid: number;
  readonly leads: readonly { tenant_id: number; ls_id: number }[];
  readonly running: boolean;
}

export interface TestProxyStatus {
  readonly name: string;
  readonly host: string;
  readonly sql_port: number;
  readonly pid: number;
  readonly running: boolean;
}

export interface TestLink {
  readonly from: string;
  readonly to: string;
  readonly kind: string;
  readonly mode: string;
  readonly protocol: string | null;
  readonly cipher: string | null;
  readonly bytes: { clear_in: number; clear_out: number; encrypted_in: number; encrypted_out: number };
}

export interface TestStatus {
  readonly nodes: readonly TestNode[];
  readonly proxies: readonly TestProxyStatus[];
  readonly links: readonly TestLink[];
  readonly plain_links: number;
  readonly encrypted_links: number;
  readonly missing_links: number;
}

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Standard output as it came: it need not be text. */
  readonly bytes: Buffer;
}

/** A cluster of real processes in a directory of its own. */
export interface TestCluster {
  readonly baseDirectory: string;
  readonly nodes: readonly TestNode[];
  /** Null unless it was wanted. */
  readonly proxy: TestProxyStatus | null;
  /** Path of the CA's certificate. */
  readonly ca: string;
  /** Milliseconds that `up` took by its own word. */
  readonly elapsedMs: number;
  /** Runs `cluster-controller … --base-dir` for this cluster. */
  controller(...args: string[]): Promise<CommandResult>;
  status(): Promise<TestStatus>;
  directoryOf(node: TestNode): string;
}

/** Starts a cluster on free ports, without a proxy unless one is wanted; it is stopped and removed when the test ends. */
export async function startCluster(
  test: Teardown,
  options: { nodes?: number; parameters?: string; proxy?: boolean } = {},
): Promise<TestCluster> {
  const baseDirectory = mkdtempSync(join(tmpdir(), 'sealane-cluster-'));
  const controller = (...args: string[]) => runController([...args, '--base-dir', baseDirectory]);
  test.teardown(async () => {
    const down = await controller('down');
    // Refused while a controller that the test left behind is still at work: nothing must outlive the test.
    if (down.code !== 0) killNodes(baseDirectory);
    rmSync(baseDirectory, { recursive: true, force: true });
  });
  const parameters = options.parameters === undefined ? [] : ['--parameters', options.parameters];
  const result = await controller(
    ...['up', '--json', '--free-ports', '--nodes', String(options.nodes ?? 3)],
    ...parameters,
    ...(options.proxy === true ? [] : ['--no-proxy']),
  );
  if (result.code !== 0) throw new Error(`the cluster did not start: ${result.stderr}${result.stdout}`);
  const up = JSON.parse(result.stdout) as Pick<TestCluster, 'nodes' | 'ca' | 'proxy'> & {
    elapsed_ms: number;
  };
  return {
    baseDirectory,
    nodes: up.nodes,
    ca: up.ca,
    proxy: up.proxy,
    elapsedMs: up.elapsed_ms,
    controller,
    status: async () => JSON.parse((await controller('status', '--json')).stdout) as TestStatus,
    directoryOf: (node) => join(baseDirectory, node.name),
  };
}

function killNodes(baseDirectory: string): void {
  for (const name of readdirSync(baseDirectory)) {
    const file = join(baseDirectory, name, 'run', 'controller.pid');
    if (!existsSync(file)) continue;
    try {
      process.kill(Number(readFileSync(file, 'utf8')), 'SIGKILL');
    } catch {
      // Gone already.
    }
  }
}

/** Runs the controller to its end; a run that takes too long is killed and says so. */
export function runController(args: readonly string[]): Promise<CommandResult> {
  return runProgram(process.execPath, [CONTROLLER, ...args], { timeoutMs: COMMAND_TIMEOUT_MS });
}

/** Runs any program to its end, with what it printed. */
export function runProgram(
  file: string,
  args: readonly string[],
  options: {
    timeoutMs: number;
    input?: string | Buffer;
    cwd?: string;
    env?: Readonly<Record<string, string>>;
  },
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, NODE_COMPILE_CACHE: COMPILE_CACHE, ...options.env };
    const child = spawn(file, args, {
      env,
      timeout: options.timeoutMs,
      ...(options.cwd ? { cwd: options.cwd } : {}),
    });
    const out: Buffer[] = [];
    const errors: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const late = signal === null ? '' : `\nended by ${signal} (limit ${options.timeoutMs} ms)`;
      const stderr = `${Buffer.concat(errors).toString()}${late}`;
      const bytes = Buffer.concat(out);
      resolve({ code: code ?? -1, stdout: bytes.toString(), stderr, bytes });
    });
    child.stdin.on('error', () => undefined); // It may end without reading what it was given.
    child.stdin.end(options.input ?? '');
  });
}
