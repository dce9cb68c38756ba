import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runController, type TestCluster } from '@sealane/testkit';

const PROGRAM = fileURLToPath(new URL('../../packages/obcdc/src/main.ts', import.meta.url));

export interface TailProcessOptions {
  /** Of its copy, its output and its position. */
  readonly directory: string;
  readonly rootserverList: string;
  readonly format: 'json' | 'sql' | 'debezium';
  readonly flags: readonly string[];
}

/** obcdc_tailf, which may be killed and started again. */
export class TailProcess {
  readonly output: string;
  readonly position: string;
  readonly #options: TailProcessOptions;
  #child: ChildProcess | undefined;
  #words = '';

  constructor(options: TailProcessOptions) {
    this.#options = options;
    this.output = join(options.directory, `changes.${options.format}`);
    this.position = join(options.directory, 'position');
  }

  start(): void {
    const { directory, rootserverList, format, flags } = this.#options;
    const own = ['--output', this.output, '--position', this.position, '--format', format];
    const where = ['--rootserver_list', rootserverList, '--store_service_path', join(directory, 'copies')];
    const child = spawn(process.execPath, [PROGRAM, ...where, ...own, ...flags], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#words = `${this.#words}${chunk}`.slice(-4_000);
    });
    this.#child = child;
  }

  /** Of the process that was started last; null while it runs. */
  get exitCode(): number | null {
    return this.#child?.exitCode ?? null;
  }

  /** What it said on standard error. */
  get words(): string {
    return this.#words;
  }

  /** LSN up to which everything is in the output; 0 before anything is. @throws Error when it ended by itself */
  get lsn(): number {
    if (this.#child !== undefined && this.#child.exitCode !== null)
      throw new Error(`obcdc ended: ${this.#words}`);
    try {
      const { positions } = JSON.parse(readFileSync(this.position, 'utf8')) as {
        positions: { lsn: number }[];
      };
      return positions[0]?.lsn ?? 0;
    } catch {
      return 0; // Not there yet.
    }
  }

  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined) return null;
    if (child.exitCode !== null) return child.exitCode;
    const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
    child.kill(signal);
    return ended;
  }
}

export function rootserverList(cluster: TestCluster): string {
  return cluster.nodes.map((node) => `${node.svr_ip}:${node.svr_port}:${node.sql_port}`).join(';');
}

/** @returns the wallet's directory */
export async function makeCdcWallet(cluster: TestCluster, directory: string): Promise<string> {
  const wallet = join(directory, 'wallet');
  const authority = join(cluster.baseDirectory, 'certificates');
  const client = ['--client', 'obcdc', '--out', wallet, '--authority', authority];
  const made = await runController(['certs', 'make', ...client]);
  if (made.code !== 0) throw new Error(made.stderr);
  return wallet;
}

export function secureFlags(method: string, wallet: string): readonly string[] {
  const names = ['--ssl_client_authentication', '1', '--rpc_client_authentication_method', method];
  return [...names, '--wallet', wallet];
}
