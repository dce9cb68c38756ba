import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ObError } from '@sealane/errors';
import type { ProcessState } from '../cluster-view.ts';
import type { CompleteWallet, Member, Target, TargetNode, TargetProxy, WalletFiles } from './target.ts';
import { walletEntries } from './wallet-files.ts';

const run = promisify(execFile);

/** docker-compose gives a container this long to drain before it is killed. */
const STOP_TIMEOUT_S = 10;
const COMMAND_TIMEOUT_MS = 60_000;
const WALLET_DIRECTORY = '/var/lib/sealane/wallet';
const OUTPUT_SIZE_MAX = 16 * 1024 * 1024;
/** Set on each observer's service in docker-compose.yml. */
const SERVER_LABEL = 'sealane.server';
/** Set on a proxy's: the address that its certificate names. */
const PROXY_LABEL = 'sealane.proxy';
const ZONE_LABEL = 'sealane.zone';
const SQL_PORT_LABEL = 'sealane.sql-port';
/** Given to a proxy's container, which is reached from outside. */
const PASSWORD_VARIABLE = 'SEALANE_PROXYSYS_PASSWORD=';
const SERVICE_LABEL = 'com.docker.compose.service';

/** What `docker inspect` says, as far as it is used. */
interface Inspected {
  readonly Id: string;
  readonly State: { readonly Running: boolean; readonly Pid: number; readonly StartedAt: string };
  readonly Config: {
    readonly Labels: Readonly<Record<string, string>> | null;
    /** `NAME=value` each. */
    readonly Env: readonly string[] | null;
  };
  readonly HostConfig: {
    readonly PortBindings: Readonly<
      Record<string, readonly { HostIp: string; HostPort: string }[] | null>
    > | null;
  };
}

/** What a member's container is, and what the compose project calls it. */
interface Service {
  readonly service: string;
  readonly container: string;
}

interface Found extends Service {
  readonly node: TargetNode | undefined;
  readonly proxy: TargetProxy | undefined;
}

/**
 * Observers and proxies as services of a compose project. Works with `docker compose` and with docker-compose 1.29, and
 * asks the engine itself (docker inspect) for everything it reads.
 */
export class ComposeTarget implements Target {
  readonly kind = 'compose';
  readonly nodes: readonly TargetNode[];
  readonly proxies: readonly TargetProxy[];
  readonly ca: string | undefined;
  readonly #services: ReadonlyMap<Member, Service>;
  readonly #compose: Compose;

  private constructor(compose: Compose, found: readonly Found[], ca: string | undefined) {
    this.#compose = compose;
    this.nodes = found.flatMap(({ node }) => node ?? []);
    this.proxies = found.flatMap(({ proxy }) => proxy ?? []);
    this.#services = new Map(
      found.map((each) => [each.node?.server ?? each.proxy?.name ?? each.service, each]),
    );
    this.ca = ca;
  }

  /**
   * @param directory  where docker-compose.yml lies
   * @throws ObError OB_INVALID_CONFIG when there is no compose program or no observer in the project
   */
  static async open(directory: string): Promise<ComposeTarget> {
    const compose = await findCompose(directory);
    const ids = (await compose(['ps', '-a', '-q'])).split('\n').filter(Boolean);
    const containers = ids.length === 0 ? [] : await inspect(ids);
    const found = containers.flatMap(foundIn).toSorted((a, b) => a.service.localeCompare(b.service));
    if (found.every(({ node }) => node === undefined)) {
      const message = `no observer in the compose project of ${directory}; start it with docker-compose up -d`;
      throw new ObError('OB_INVALID_CONFIG', [], { message });
    }
    return new ComposeTarget(compose, found, await firstCa(found));
  }

  async processOf(member: Member): Promise<ProcessState> {
    const [container] = await inspect([this.#serviceOf(member).container]);
    if (container?.State.Running !== true) return { running: false, pid: undefined, instance: undefined };
    const { Pid, StartedAt } = container.State;
    return { running: true, pid: Pid, instance: `${container.Id.slice(0, 12)} ${StartedAt}` };
  }

  async stop(member: Member): Promise<void> {
    await this.#compose(['stop', '-t', String(STOP_TIMEOUT_S), this.#serviceOf(member).service]);
  }

  async start(member: Member): Promise<void> {
    await this.#compose(['start', this.#serviceOf(member).service]);
  }

  async lastWords(member: Member): Promise<string> {
    const { stderr } = await docker(['logs', '--tail', '20', this.#serviceOf(member).container]);
    return stderr.trim();
  }

  async rpcEvidence(): Promise<string> {
    const message = '--dialect oceanbase looks at the machines of nodes: use --target hosts';
    throw new ObError('OB_NOT_SUPPORTED', [], { message });
  }

  async walletOf(member: Member): Promise<WalletFiles> {
    const { container } = this.#serviceOf(member);
    const [ca, certificate, key, crl] = await Promise.all(
      ['ca.pem', 'server-cert.pem', 'server-key.pem', 'crl.pem'].map((file) =>
        readWalletFile(container, file),
      ),
    );
    return { ca, certificate, key, crl };
  }

  async installWallet(member: Member, files: CompleteWallet): Promise<void> {
    await installInContainer(this.#serviceOf(member).container, files);
  }

  #serviceOf(member: Member): Service {
    const service = this.#services.get(member);
    if (service !== undefined) return service;
    throw new ObError('OB_ERR_UNEXPECTED', [], { message: `no server or proxy ${member} here` });
  }
}

type Compose = (args: readonly string[]) => Promise<string>;

/** `docker compose` when the plugin is there, docker-compose otherwise. */
async function findCompose(directory: string): Promise<Compose> {
  for (const [file, ...first] of [['docker', 'compose'], ['docker-compose']]) {
    if (file === undefined) continue;
    const compose: Compose = async (args) => {
      const options = { cwd: directory, timeout: COMMAND_TIMEOUT_MS, maxBuffer: OUTPUT_SIZE_MAX };
      const { stdout } = await run(file, [...first, ...args], options);
      return stdout;
    };
    if (await answers(compose)) return compose;
  }
  const message = 'neither docker compose nor docker-compose can be run here; install one of them';
  throw new ObError('OB_INVALID_CONFIG', [], { message });
}

async function answers(compose: Compose): Promise<boolean> {
  try {
    await compose(['version']);
    return true;
  } catch {
    return false;
  }
}

/** A container of the project that the labels make a member; others (certificates, dashboard) are none of ours. */
function foundIn(container: Inspected): Found[] {
  const labels = container.Config.Labels ?? {};
  const service = labels[SERVICE_LABEL];
  const server = labels[SERVER_LABEL];
  const identity = labels[PROXY_LABEL];
  if (service === undefined || (server === undefined && identity === undefined)) return [];
  const sqlPort = Number(labels[SQL_PORT_LABEL] ?? (server === undefined ? 2883 : 2881));
  const reach = publishedAt(container, sqlPort);
  const zone = labels[ZONE_LABEL] ?? '';
  return [
    {
      service,
      container: container.Id,
      node: server === undefined ? undefined : { name: service, server, zone, sqlPort, reach },
      proxy:
        identity === undefined ? undefined : { name: service, reach, identity, ...passwordIn(container) },
    },
  ];
}

function passwordIn({ Config }: Inspected): Pick<TargetProxy, 'password'> {
  const entry = Config.Env?.find((each) => each.startsWith(PASSWORD_VARIABLE));
  return entry === undefined ? {} : { password: entry.slice(PASSWORD_VARIABLE.length) };
}

function publishedAt(container: Inspected, port: number): TargetNode['reach'] {
  const binding = container.HostConfig.PortBindings?.[`${port}/tcp`]?.[0];
  const everywhere = ['', '0.0.0.0', undefined].includes(binding?.HostIp);
  return {
    host: everywhere ? '127.0.0.1' : (binding?.HostIp ?? ''),
    port: Number(binding?.HostPort ?? port),
  };
}

async function inspect(ids: readonly string[]): Promise<readonly Inspected[]> {
  const { stdout } = await docker(['inspect', ...ids]);
  const value: unknown = JSON.parse(stdout);
  return Array.isArray(value) ? (value as Inspected[]) : [];
}

async function firstCa(services: readonly Service[]): Promise<string | undefined> {
  for (const { container } of services) {
    const ca = await readWalletFile(container, 'ca.pem');
    if (ca !== undefined) return ca;
  }
  return undefined;
}

/**
 * As the user that the node runs as, so that the node can read its key: each file is written beside, then all are renamed
 * in one go.
 */
async function installInContainer(container: string, files: CompleteWallet): Promise<void> {
  const entries = walletEntries(files);
  for (const { name, text } of entries.filter((entry) => entry.text !== undefined)) {
    await dockerInput(
      ['exec', '-i', container, 'sh', '-c', `umask 077 && cat > ${WALLET_DIRECTORY}/${name}.new`],
      text ?? '',
    );
  }
  const moves = entries.map(({ name, text }) =>
    text === undefined ? `rm -f ${name}` : `mv ${name}.new ${name}`,
  );
  await docker(['exec', container, 'sh', '-c', `cd ${WALLET_DIRECTORY} && ${moves.join(' && ')}`]);
}

async function dockerInput(args: readonly string[], input: string): Promise<void> {
  const running = run('docker', args, { timeout: COMMAND_TIMEOUT_MS, encoding: 'utf8' });
  running.child.stdin?.end(input);
  await running;
}

/** Through an archive, so that it can be read from a container that is stopped, too. */
async function readWalletFile(container: string, file: string): Promise<string | undefined> {
  try {
    const { stdout } = await docker(['cp', `${container}:${WALLET_DIRECTORY}/${file}`, '-']);
    return fileInArchive(stdout);
  } catch {
    return undefined; // Not there: the caller says what that means.
  }
}

/** The text of the first file of a tar archive: a header of 512 bytes with the size in octal at 124, then the file. */
function fileInArchive(archive: string): string {
  const size = Number.parseInt(archive.slice(124, 136), 8);
  return archive.slice(512, 512 + size);
}

async function docker(args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  return run('docker', args, { timeout: COMMAND_TIMEOUT_MS, maxBuffer: OUTPUT_SIZE_MAX, encoding: 'utf8' });
}
