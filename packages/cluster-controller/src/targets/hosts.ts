import { setTimeout as delay } from 'node:timers/promises';
import { ObError } from '@sealane/errors';
import { certificateBundle, certificateTexts } from '@sealane/transport-security';
import type { ProcessState, Server } from '../cluster-view.ts';
import { evidenceScript } from '../dialect/rpc-evidence.ts';
import { type CommandName, type HostsFile, type HostsMember, readHostsFile } from './hosts-file.ts';
import { type CommandRequest, failed, runCommand, runToSuccess } from './run-command.ts';
import type { CompleteWallet, Member, Target, TargetNode, TargetProxy, WalletFiles } from './target.ts';
import { installScript, readScript, walletFrom } from './wallet-scripts.ts';

const NOT_RUNNING: ProcessState = { running: false, pid: undefined, instance: undefined };
/** One failure to ask, on a network that is shaken, is no reason to give a run up. */
const STATUS_ATTEMPTS = 2;
const STATUS_RETRY_MS = 500;
const GONE_INTERVAL_MS = 200;

/** Nodes and proxies on other machines, each handled by the commands that a file names for it. */
export class HostsTarget implements Target {
  readonly kind = 'hosts';
  readonly nodes: readonly TargetNode[];
  readonly proxies: readonly TargetProxy[];
  readonly ca: string | undefined;
  readonly #members: ReadonlyMap<Member, HostsMember>;

  private constructor(file: HostsFile, ca: string | undefined) {
    this.nodes = file.nodes.map(({ name, member, zone, sql }) => ({
      ...{ name, server: member, zone },
      ...{ sqlPort: sql.port, reach: sql },
    }));
    this.proxies = file.proxies.map(({ name, sql, identity }) => ({ name, reach: sql, identity }));
    this.#members = new Map([...file.nodes, ...file.proxies].map((each) => [each.member, each]));
    this.ca = ca;
  }

  /** @throws ObError OB_INVALID_CONFIG when the file won't do, or a wallet can't be read that it counts on */
  static async open(path: string): Promise<HostsTarget> {
    const file = readHostsFile(path);
    const known = new HostsTarget(file, file.ca);
    return file.ca === undefined ? new HostsTarget(file, await known.#authorities()) : known;
  }

  async processOf(member: Member): Promise<ProcessState> {
    const request = this.#request(member, 'status');
    for (let attempt = 1; ; attempt += 1) {
      try {
        return stateFrom(await runToSuccess(request));
      } catch (error) {
        if (attempt === STATUS_ATTEMPTS) throw error;
        await delay(STATUS_RETRY_MS);
      }
    }
  }

  async stop(member: Member): Promise<void> {
    const request = this.#request(member, 'stop');
    if (!(await this.processOf(member)).running) return;
    const deadline = performance.now() + request.timeoutMs;
    await runToSuccess(request);
    while ((await this.processOf(member)).running) {
      if (performance.now() > deadline) throw stillRuns(request);
      await delay(GONE_INTERVAL_MS);
    }
  }

  async start(member: Member): Promise<void> {
    if ((await this.processOf(member)).running) return;
    await runToSuccess(this.#request(member, 'start'));
  }

  async lastWords(member: Member): Promise<string> {
    const { commands } = this.#memberOf(member);
    if (commands.last_words === undefined) return '';
    const request = this.#request(member, 'last_words');
    const { code, output, words } = await runCommand(request);
    return code === 0 ? output.trim() : failed(request, code, words).message;
  }

  async rpcEvidence(server: Server): Promise<string> {
    const { name, log } = this.#memberOf(server);
    if (log === undefined)
      throw new ObError('OB_INVALID_CONFIG', [], { message: `the hosts file names no "log" for ${name}` });
    return runToSuccess({
      ...this.#request(server, 'shell', 'reading connections and log'),
      input: evidenceScript(log),
    });
  }

  async walletOf(member: Member): Promise<WalletFiles> {
    const directory = this.#walletDirectory(member);
    const request = { ...this.#request(member, 'shell', 'reading the wallet'), input: readScript(directory) };
    return walletFrom(await runToSuccess({ ...request, secret: true }));
  }

  async installWallet(member: Member, files: CompleteWallet): Promise<void> {
    const input = installScript(this.#walletDirectory(member), files);
    await runToSuccess({ ...this.#request(member, 'shell', 'installing the wallet'), input, secret: true });
  }

  async #authorities(): Promise<string | undefined> {
    const texts: string[] = [];
    for (const { server } of this.nodes) {
      const { ca } = await this.walletOf(server);
      if (ca !== undefined) texts.push(...certificateTexts(ca));
    }
    return texts.length === 0 ? undefined : certificateBundle(texts);
  }

  #request(member: Member, command: CommandName, what: string = command): CommandRequest {
    const { name, commands, deadlinesMs } = this.#memberOf(member);
    const parts = commands[command];
    if (parts === undefined) {
      const message = `${what} of ${name}: the hosts file has no command "${command}" for it`;
      throw new ObError('OB_INVALID_CONFIG', [], { message });
    }
    return { what: `${what} of ${name}`, command: parts, timeoutMs: deadlinesMs[command] };
  }

  #walletDirectory(member: Member): string {
    const { name, wallet } = this.#memberOf(member);
    if (wallet !== undefined) return wallet;
    throw new ObError('OB_INVALID_CONFIG', [], { message: `the hosts file names no "wallet" for ${name}` });
  }

  #memberOf(member: Member): HostsMember {
    const known = this.#members.get(member);
    if (known !== undefined) return known;
    throw new ObError('OB_ERR_UNEXPECTED', [], { message: `no server or proxy ${member} here` });
  }
}

/** A process id, and whatever else tells one start from another; nothing, or 0, for no process. */
function stateFrom(output: string): ProcessState {
  const text = output.trim();
  const pid = Number.parseInt(text, 10);
  if (text === '' || pid === 0) return NOT_RUNNING;
  if (Number.isNaN(pid)) {
    const message = `status wants a process id on the first line, or nothing, not: ${text.slice(0, 100)}`;
    throw new ObError('OB_INVALID_CONFIG', [], { message });
  }
  return { running: true, pid, instance: text.split(/\s+/).join(' ') };
}

function stillRuns({ what, timeoutMs }: CommandRequest): ObError {
  const message = `${what}: the command ended with 0, and by "status" the process still runs after ${timeoutMs / 1000} s`;
  return new ObError('OB_TIMEOUT', [], { message });
}
