import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { ObError } from '@sealane/errors';
import type { Member } from './target.ts';

/** A program and its arguments, in which `{name}` and the like are filled in. */
export type CommandTemplate = readonly string[];

/** What can be done with a process, in the words of docs/operations/hosts.md. */
export const COMMAND_NAMES = ['status', 'start', 'stop', 'last_words', 'shell'] as const;
export type CommandName = (typeof COMMAND_NAMES)[number];

/** A node or a proxy as the file describes it, with the defaults filled in. */
export interface HostsMember {
  readonly member: Member;
  readonly name: string;
  readonly zone: string;
  /** Of a proxy: the address that its certificate names. */
  readonly identity: string;
  readonly sql: { readonly host: string; readonly port: number };
  readonly commands: Readonly<Partial<Record<CommandName, CommandTemplate>>>;
  readonly deadlinesMs: Readonly<Record<CommandName, number>>;
  /** Directory of its wallet, there. */
  readonly wallet: string | undefined;
  /** Its log, there: read only where a dialect needs it. */
  readonly log: string | undefined;
  /** What the commands may name in braces. */
  readonly values: Readonly<Record<string, string>>;
}

export interface HostsFile {
  readonly cluster: string;
  /** PEM; undefined: what lies in the first node's wallet. */
  readonly ca: string | undefined;
  readonly nodes: readonly HostsMember[];
  readonly proxies: readonly HostsMember[];
}

const DEADLINES_S: Readonly<Record<CommandName, number>> = {
  status: 10,
  start: 60,
  stop: 60,
  last_words: 10,
  shell: 20,
};
const DEADLINE_S_MAX = 3_600;
const FILE_KEYS = ['cluster', 'ca', 'defaults', 'nodes', 'proxies'];
const SHARED_KEYS = ['commands', 'deadlines_s', 'wallet', 'log', 'values'];
const NODE_KEYS = ['name', 'server', 'sql', 'zone', ...SHARED_KEYS];
const PROXY_KEYS = ['name', 'sql', 'identity', ...SHARED_KEYS];

/** @throws ObError OB_INVALID_CONFIG with the file, the place in it and what is wanted there */
export function readHostsFile(path: string): HostsFile {
  const text = readText(path);
  try {
    return parseHostsFile(text, (file) => readText(resolve(dirname(path), file)));
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    throw invalid(`${path}: ${error.message}`);
  }
}

/** @param readPem  the text of the file that `ca` names */
export function parseHostsFile(text: string, readPem: (file: string) => string): HostsFile {
  const file = asObject(parseJson(text), 'the file', FILE_KEYS);
  const defaults = asObject(file['defaults'] ?? {}, 'defaults', SHARED_KEYS);
  const nodes = asList(file['nodes'], 'nodes').map((each, index) =>
    nodeOf(each, `nodes[${index}]`, defaults),
  );
  const proxies = asList(file['proxies'] ?? [], 'proxies').map((each, index) =>
    proxyOf(each, `proxies[${index}]`, defaults),
  );
  if (nodes.length === 0) throw new Fault('nodes: there must be one at least');
  mustDiffer(
    [...nodes, ...proxies].map(({ name }) => name),
    'name',
  );
  mustDiffer(
    nodes.map(({ member }) => member),
    'server',
  );
  const ca = optionalText(file['ca'], 'ca');
  return {
    cluster: optionalText(file['cluster'], 'cluster') ?? 'cluster',
    ca: ca === undefined ? undefined : readPem(ca),
    nodes,
    proxies,
  };
}

type Json = Readonly<Record<string, unknown>>;

/** What is wrong with the file, beginning with the place. */
class Fault extends Error {}

function nodeOf(value: unknown, at: string, defaults: Json): HostsMember {
  const node = asObject(value, at, NODE_KEYS);
  const server = address(node['server'], `${at}.server`, 'ip:rpc_port');
  const sql = address(node['sql'], `${at}.sql`, 'host:sql_port');
  const name = safe(node['name'], `${at}.name`);
  const own = {
    ...{ name, server: `${server.host}:${server.port}`, ip: server.host, rpc_port: String(server.port) },
    ...{ sql_host: sql.host, sql_port: String(sql.port) },
  };
  return {
    ...shared(node, at, defaults, own),
    ...{ member: own.server, name, sql, identity: server.host },
    zone: optionalText(node['zone'], `${at}.zone`) ?? '',
  };
}

function proxyOf(value: unknown, at: string, defaults: Json): HostsMember {
  const proxy = asObject(value, at, PROXY_KEYS);
  const sql = address(proxy['sql'], `${at}.sql`, 'host:sql_port');
  const name = safe(proxy['name'], `${at}.name`);
  if (name.includes(':'))
    throw new Fault(`${at}.name: a proxy's name has no colon, unlike a server's address`);
  const identity = optionalText(proxy['identity'], `${at}.identity`) ?? sql.host;
  const own = { name, ip: sql.host, sql_host: sql.host, sql_port: String(sql.port) };
  return { ...shared(proxy, at, defaults, own), ...{ member: name, name, sql, identity, zone: '' } };
}

function shared(
  entry: Json,
  at: string,
  defaults: Json,
  own: Readonly<Record<string, string>>,
): Pick<HostsMember, 'commands' | 'deadlinesMs' | 'wallet' | 'log' | 'values'> {
  const values = { ...valuesIn(defaults, 'defaults'), ...valuesIn(entry, at), ...own };
  const commands = { ...commandsIn(defaults, 'defaults'), ...commandsIn(entry, at) };
  for (const name of ['status', 'start', 'stop'] as const)
    if (commands[name] === undefined)
      throw new Fault(`${at}.commands.${name} is missing, in defaults as well`);
  const path = (key: 'wallet' | 'log') => {
    const template = optionalText(entry[key] ?? defaults[key], `${at}.${key}`);
    return template === undefined
      ? undefined
      : safe(filled(template, values, `${at}.${key}`), `${at}.${key}`);
  };
  const deadlines = { ...DEADLINES_S, ...deadlinesIn(defaults, 'defaults'), ...deadlinesIn(entry, at) };
  return {
    values,
    commands: Object.fromEntries(
      Object.entries(commands).map(([name, template]) => [
        name,
        template.map((part) => filled(part, values, `${at}.commands.${name}`)),
      ]),
    ),
    deadlinesMs: Object.fromEntries(
      COMMAND_NAMES.map((name) => [name, deadlines[name] * 1000]),
    ) as HostsMember['deadlinesMs'],
    wallet: path('wallet'),
    log: path('log'),
  };
}

/** Puts values in for `{name}`; `{{` is a brace. Once only: what was put in is not read again. */
function filled(template: string, values: Readonly<Record<string, string>>, at: string): string {
  return template.replaceAll(/\{\{|\{([^{}]*)\}/g, (all: string, name: string | undefined) => {
    if (all === '{{') return '{';
    const value = values[name ?? ''];
    if (value !== undefined) return value;
    throw new Fault(
      `${at}: {${name}} is not known; there are ${Object.keys(values).join(', ')}; {{ is a brace`,
    );
  });
}

function commandsIn(entry: Json, at: string): Partial<Record<CommandName, CommandTemplate>> {
  const commands = asObject(entry['commands'] ?? {}, `${at}.commands`, COMMAND_NAMES);
  return Object.fromEntries(
    Object.entries(commands).map(([name, value]) => {
      const where = `${at}.commands.${name}`;
      const parts = asList(value, where);
      if (parts.length === 0 || !parts.every((part) => typeof part === 'string' && part !== ''))
        throw new Fault(
          `${where}: a program and its arguments, each a text of its own: ["ssh", "{ip}", "…"]`,
        );
      return [name, parts as string[]];
    }),
  );
}

function deadlinesIn(entry: Json, at: string): Partial<Record<CommandName, number>> {
  const deadlines = asObject(entry['deadlines_s'] ?? {}, `${at}.deadlines_s`, COMMAND_NAMES);
  for (const [name, value] of Object.entries(deadlines)) {
    if (typeof value === 'number' && value > 0 && value <= DEADLINE_S_MAX) continue;
    throw new Fault(`${at}.deadlines_s.${name}: seconds, more than 0 and at most ${DEADLINE_S_MAX}`);
  }
  return deadlines as Partial<Record<CommandName, number>>;
}

function valuesIn(entry: Json, at: string): Readonly<Record<string, string>> {
  const values = asObject(entry['values'] ?? {}, `${at}.values`);
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, safe(value, `${at}.values.${name}`)]),
  );
}

/** What is filled in may be read by a shell on the other side: nothing in it means anything to one. */
function safe(value: unknown, at: string): string {
  if (typeof value === 'string' && /^[A-Za-z0-9_./:@+=,-]+$/.test(value) && !value.startsWith('-'))
    return value;
  throw new Fault(`${at}: a text of letters, digits and . _ - / : @ + = , that doesn't begin with -`);
}

function address(value: unknown, at: string, form: string): { readonly host: string; readonly port: number } {
  const [, host, port] = /^([A-Za-z0-9_.-]+):(\d{1,5})$/.exec(typeof value === 'string' ? value : '') ?? [];
  if (host === undefined || host.startsWith('-') || Number(port) < 1 || Number(port) > 65_535)
    throw new Fault(`${at}: wants "${form}"`);
  return { host, port: Number(port) };
}

function asObject(value: unknown, at: string, keys?: readonly string[]): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Fault(`${at}: wants an object {…}`);
  const unknown = Object.keys(value).find((key) => keys !== undefined && !keys.includes(key));
  if (unknown !== undefined)
    throw new Fault(`${at}: "${unknown}" is not known here; there are ${keys?.join(', ')}`);
  return value as Json;
}

function asList(value: unknown, at: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new Fault(`${at}: wants a list […]`);
}

function optionalText(value: unknown, at: string): string | undefined {
  if (value === undefined || (typeof value === 'string' && value !== '')) return value;
  throw new Fault(`${at}: wants a text`);
}

function mustDiffer(values: readonly string[], what: string): void {
  const twice = values.find((value, index) => values.indexOf(value) !== index);
  if (twice !== undefined) throw new Fault(`${what} ${twice} is there twice`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Fault(`it is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw invalid(`${path} can't be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function invalid(message: string): ObError {
  return new ObError('OB_INVALID_CONFIG', [], { message });
}
