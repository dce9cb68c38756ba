import { ObError } from '@sealane/errors';
import type { VirtualRows } from '@sealane/sql';
import type { HeartbeatReport } from '../cluster/server-manager.ts';
import type { Logger } from '../logger.ts';
import { type NodeConfig, serverName } from '../node-config.ts';
import type { LinkRenewal } from '../peers.ts';
import { allocateKillBoard, KillBoard } from '../reading/kill-board.ts';
import type { TenantLogHooks } from '../tenant/tenant-log.ts';
import type { Channel } from './channel.ts';
import { Exchange } from './exchange.ts';
import { allocateLeaseSlots, LeaseSlots, streamCountMax } from './lease-slots.ts';
import { allocateLinkIds } from './link-ids.ts';
import { MeshClient } from './mesh-client.ts';
import type {
  HostedStreamFacts,
  LogThreadData,
  LogThreadFigures,
  LogThreadParameters,
  LogThreadQuestions,
  QuestionName,
  RequestArgument,
  StreamStart,
  ToLogThread,
  ToSqlThread,
} from './messages.ts';
import { obError } from './plain-error.ts';
import { type ForwardedHandler, RequestServer } from './request-server.ts';
import { StreamClient } from './stream-client.ts';

/** The other thread, running or on its way up. */
export interface StartedThread {
  readonly channel: Channel<ToLogThread, ToSqlThread>;
  /** Fulfilled when it ended because it was asked to; rejects when it failed. */
  readonly ended: Promise<void>;
}

export interface LogThreadOptions {
  readonly config: NodeConfig;
  /** `syslog_level`, until parameters are known. */
  readonly logLevel: string;
  readonly logger: Logger;
  startThread(data: LogThreadData): StartedThread;
  /** The log thread or the state machine failed: the process must end. */
  failed(error: ObError): void;
}

/** The log thread as the SQL thread has it: its streams, its links, and the requests that came over them. */
export class LogThread {
  readonly mesh: MeshClient;
  /** Shared by the links of both threads. */
  readonly linkIds = allocateLinkIds();
  /** What other nodes want to be ended here. */
  readonly kills: KillBoard;
  readonly #options: LogThreadOptions;
  readonly #thread: StartedThread;
  readonly #exchange: Exchange;
  readonly #requests: RequestServer;
  readonly #leases: LeaseSlots;
  readonly #streams = new Map<number, StreamClient>();
  readonly #starts = new Map<number, StreamStart>();

  constructor(options: LogThreadOptions) {
    const { config, logLevel, logger } = options;
    const leases = allocateLeaseSlots();
    const kills = allocateKillBoard();
    this.kills = new KillBoard(kills);
    this.#options = options;
    this.#leases = new LeaseSlots(leases);
    this.#requests = new RequestServer(logger);
    this.#thread = options.startThread({ config, leases, linkIds: this.linkIds, kills, logLevel });
    const { channel, ended } = this.#thread;
    this.#exchange = new Exchange({
      post: (message, bytes) => channel.post(message, bytes),
      serve: (_, argument) => this.#requests.serve(argument as RequestArgument),
    });
    this.mesh = new MeshClient({
      exchange: this.#exchange,
      channel,
      self: serverName(config.self),
      servers: config.servers.map(serverName),
    });
    channel.onMessage((message) => this.#receive(message));
    ended.catch((error: unknown) => this.#fail(asObError(error)));
  }

  /** A handler for a packet code that this thread answers; before `start`. */
  handle(pcode: number, handler: ForwardedHandler): void {
    this.#requests.handle(pcode, handler);
  }

  /**
   * The tenant's log. It begins with `start`, or, when that was before, with `startStream`.
   *
   * @throws ObError OB_SIZE_OVERFLOW
   */
  openStream(facts: HostedStreamFacts, hooks: TenantLogHooks): StreamClient {
    const { config, logger } = this.#options;
    const { tenantId } = facts;
    const leaseIndex = this.#freeLease();
    const stream = new StreamClient({
      tenantId,
      lsId: facts.lsId,
      self: serverName(config.self),
      hooks,
      channel: this.#thread.channel,
      ask: (name, argument) => this.#ask(name, argument),
      leases: this.#leases,
      leaseIndex,
      logger,
      failed: (error) => this.#fail(error),
    });
    this.#streams.set(tenantId, stream);
    const { appliedLsn, installed } = hooks;
    this.#starts.set(tenantId, { facts, leaseIndex, appliedLsn, installed });
    return stream;
  }

  /** Of a tenant that came after the start. Fulfilled when its log is recovered. */
  async startStream(tenantId: number): Promise<void> {
    const start = this.#starts.get(tenantId);
    if (start !== undefined) await this.#ask('open-stream', start);
  }

  /** Its tenant was dropped: what waits is told `reason`. Fulfilled when its files are closed. */
  async closeStream(tenantId: number, reason: ObError): Promise<void> {
    this.#streams.get(tenantId)?.stop(reason);
    this.#streams.delete(tenantId);
    await this.#ask('close-stream', { tenantId });
    this.#starts.delete(tenantId);
  }

  /**
   * Opens the RPC port and recovers the logs.
   *
   * @throws ObError a wallet that can't be used, a port that is taken, a log that is damaged
   */
  async start(parameters: LogThreadParameters, report: HeartbeatReport): Promise<void> {
    const pcodes = this.#requests.pcodes;
    await this.#ask('start', {
      parameters,
      report,
      pcodes,
      streams: [...this.#starts.values()],
    });
  }

  async dial(): Promise<void> {
    await this.#ask('dial', undefined);
  }

  follow(parameters: LogThreadParameters): void {
    this.#thread.channel.post({ kind: 'parameters', parameters });
  }

  /** What heartbeats are answered from now on. */
  report(report: HeartbeatReport): void {
    this.#thread.channel.post({ kind: 'report', report });
  }

  async linkRows(): Promise<VirtualRows> {
    return this.#ask('links', undefined);
  }

  async linkSummaryRows(): Promise<VirtualRows> {
    return this.#ask('link-summary', undefined);
  }

  /** Of the thread itself, and of its TLS. */
  async figures(): Promise<LogThreadFigures> {
    return this.#ask('figures', undefined);
  }

  /** The servers to which a link is open. */
  async openLinks(): Promise<readonly string[]> {
    return this.#ask('open-links', undefined);
  }

  /** Replaces the links that this node has dialled; see Peers.renew. */
  async renewLinks(): Promise<readonly LinkRenewal[]> {
    return this.#ask('renew-links', undefined);
  }

  async stopStreams(): Promise<void> {
    await this.#ask('stop-streams', undefined);
  }

  /** Closes the links and ends the thread. */
  async close(): Promise<void> {
    this.#thread.channel.post({ kind: 'close' });
    await this.#thread.ended;
  }

  #receive(message: ToSqlThread): void {
    switch (message.kind) {
      case 'role':
      case 'entry':
      case 'own':
      case 'proposed':
      case 'rejected':
      case 'install':
      case 'disk':
        this.#streams.get(message.tenantId)?.receive(message);
        break;
      case 'fatal':
        this.#fail(obError(message.error));
        break;
      default:
        this.#exchange.receive(message);
    }
  }

  #ask<Name extends QuestionName>(
    name: Name,
    argument: LogThreadQuestions[Name]['argument'],
  ): Promise<LogThreadQuestions[Name]['answer']> {
    return this.#exchange.ask(name, argument) as Promise<LogThreadQuestions[Name]['answer']>;
  }

  #freeLease(): number {
    const taken = new Set([...this.#starts.values()].map(({ leaseIndex }) => leaseIndex));
    for (let index = 0; index < streamCountMax; index++) if (!taken.has(index)) return index;
    throw new ObError('OB_SIZE_OVERFLOW', [], {
      message: `a node has at most ${streamCountMax} tenants: drop one first`,
    });
  }

  #fail(error: ObError): void {
    this.#exchange.break(error);
    for (const stream of this.#streams.values()) stream.stop(error);
    this.#options.failed(error);
  }
}

function asObError(error: unknown): ObError {
  if (error instanceof ObError) return error;
  const message = `the log thread failed: ${error instanceof Error ? error.message : String(error)}`;
  return new ObError('OB_ERR_UNEXPECTED', [], { message, cause: error });
}
