/**
 * Runs inside every observer of a nemesis run, before its first line: node gets it by NODE_OPTIONS=--import. Nothing of
 * the product knows of it. It moves the process into its network namespace, sends what it dials through a relay, and
 * makes its fsync slow while a file says so.
 */
import fs, { readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { Socket } from 'node:net';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** What the harness wrote for the hooks, in the directory that SEALANE_NEMESIS names. */
export interface HookFile {
  /** Network namespace by node. */
  readonly namespaces?: Readonly<Record<string, string>>;
  /** By node: which `ip:port` is dialled at which other port of 127.0.0.1. */
  readonly relays?: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** While this file is there, each fsync of the node takes so many milliseconds longer. */
export function slowDiskFile(directory: string, node: string): string {
  return join(directory, `${node}.slow-disk`);
}

/** The log writes by `writev`, to files that are open with O_DSYNC. */
const syncMethods = ['datasync', 'sync', 'writev'] as const;
type SyncMethod = (typeof syncMethods)[number];

const directory = process.env['SEALANE_NEMESIS'];
const node = nodeName();
if (directory !== undefined && node !== undefined) await install(directory, node);

/** Of an observer: its base directory is named like it. Its worker threads have no command line, but its environment. */
function nodeName(): string | undefined {
  const known = process.env['SEALANE_NEMESIS_NODE'];
  if (known !== undefined) return known;
  if (!/observer[/\\](src|bin)[/\\]/.test(process.argv[1] ?? '')) return undefined;
  const at = process.argv.indexOf('-d');
  return at < 0 ? undefined : basename(process.argv[at + 1] ?? '');
}

async function install(home: string, name: string): Promise<void> {
  const { namespaces = {}, relays = {} } = JSON.parse(
    readFileSync(join(home, 'hooks.json'), 'utf8'),
  ) as HookFile;
  const namespace = namespaces[name];
  if (namespace !== undefined && process.env['SEALANE_NEMESIS_NODE'] === undefined) enter(namespace, name);
  process.env['SEALANE_NEMESIS_NODE'] = name;
  redirect(relays[name] ?? {});
  await slowDown(slowDiskFile(home, name));
}

/** The same process, with the same id, somewhere else. */
function enter(namespace: string, name: string): void {
  const program = ['nsenter', `--net=/run/netns/${namespace}`, process.execPath];
  const env = { ...process.env, SEALANE_NEMESIS_NODE: name };
  process.execve?.('/usr/bin/nsenter', [...program, ...process.execArgv, ...process.argv.slice(1)], env);
}

function redirect(ports: Readonly<Record<string, number>>): void {
  if (Object.keys(ports).length === 0) return;
  const { connect } = Socket.prototype;
  Socket.prototype.connect = function (this: Socket, ...args: unknown[]): Socket {
    const [first] = args;
    const options = (Array.isArray(first) ? first[0] : first) as { host?: string; port?: number };
    const port = ports[`${options?.host}:${options?.port}`];
    if (port !== undefined) Object.assign(options, { host: '127.0.0.1', port });
    return Reflect.apply(connect, this, args) as Socket;
  };
}

async function slowDown(file: string): Promise<void> {
  const handle = await open('/dev/null', 'r');
  const prototype = Object.getPrototypeOf(handle) as Record<
    SyncMethod,
    (...args: readonly unknown[]) => Promise<unknown>
  >;
  await handle.close();
  for (const method of syncMethods) {
    const original = prototype[method];
    prototype[method] = async function (this: unknown, ...args: readonly unknown[]): Promise<unknown> {
      await delay(lateBy(file));
      return Reflect.apply(original, this, args) as Promise<unknown>;
    };
  }
  for (const method of ['fdatasync', 'fsync'] as const) {
    const original = fs[method];
    const late = (descriptor: number, done: fs.NoParamCallback): void => {
      setTimeout(() => original(descriptor, done), lateBy(file));
    };
    Object.assign(fs, { [method]: late });
  }
  syncBuiltinESMExports();
}

function lateBy(file: string): number {
  try {
    return Number(readFileSync(file, 'utf8')) || 0;
  } catch {
    return 0;
  }
}
