import { defaultTimings, oceanBaseTimings } from '@sealane/consensus';
import { ObError } from '@sealane/errors';
import { LoopDelayWatch } from '@sealane/metrics';
import { type CallOptions, EncodedBody, pcodes } from '@sealane/ob-rpc';
import { LinkLedger, refusedMode, TransportSecurity, wrongMode } from '@sealane/transport-security';
import type { HeartbeatReport } from '../cluster/server-manager.ts';
import type { LeveledLogger } from '../logger.ts';
import { nodeDirectories, serverName } from '../node-config.ts';
import { Peers } from '../peers.ts';
import { KillBoard } from '../reading/kill-board.ts';
import { decodeMessage, type LogStream, messagePcodes } from '../replication/index.ts';
import { RpcListener } from '../rpc-front/listener.ts';
import {
  changeMembersBody,
  field,
  logThreadPcodes,
  nodePcodes,
  switchLeaderBody,
} from '../rpc-front/pcodes.ts';
import { statementPcodes } from '../transaction/mesh.ts';
import { type Channel, ownBytes } from './channel.ts';
import { Exchange } from './exchange.ts';
import { followLog } from './follow-log.ts';
import { ForwardedRequests } from './forwarded-requests.ts';
import { HostedStream } from './hosted-stream.ts';
import { LeaseSlots } from './lease-slots.ts';
import { nextLinkId } from './link-ids.ts';
import type {
  CallArgument,
  LogThreadData,
  LogThreadFigures,
  LogThreadParameters,
  LogThreadQuestions,
  QuestionName,
  StreamStart,
  ToLogThread,
  ToSqlThread,
} from './messages.ts';
import { mapPieces } from './pieces.ts';
import { plainError } from './plain-error.ts';

export interface LogNodeOptions {
  readonly data: LogThreadData;
  readonly channel: Channel<ToSqlThread, ToLogThread>;
  readonly logger: LeveledLogger;
  /** Everything is closed. */
  closed(): void;
}

/**
 * The node's half that must never wait for a statement: links between nodes, log streams with their disks, and the
 * answer to a heartbeat. It does what the other half says over the channel.
 */
export class LogNode {
  readonly #options: LogNodeOptions;
  readonly #exchange: Exchange;
  readonly #requests: ForwardedRequests;
  readonly #security: TransportSecurity;
  readonly #ledger: LinkLedger;
  readonly #peers: Peers;
  readonly #rpc: RpcListener;
  readonly #streams = new Map<number, HostedStream>();
  readonly #watch = new LoopDelayWatch();
  #parameters: LogThreadParameters | undefined;
  #report: HeartbeatReport | undefined;

  constructor(options: LogNodeOptions) {
    const { data, channel, logger } = options;
    const { config } = data;
    const { self, clusterName, clusterId } = config;
    this.#options = options;
    this.#exchange = new Exchange({
      post: (message, bytes) => channel.post(message, bytes),
      serve: (name, argument) => this.#serve(name, argument),
    });
    this.#requests = new ForwardedRequests(this.#exchange);
    this.#security = new TransportSecurity({
      walletDirectory: nodeDirectories(config.baseDirectory).wallet,
      // The SQL thread loads the wallet, and says so.
      logger: { info: logger.debug.bind(logger), warn: logger.warn.bind(logger) },
    });
    const configEpoch = (): number => this.#parameters?.configVersion ?? 0;
    this.#ledger = new LinkLedger({
      configEpoch,
      nextLinkId: nextLinkId(data.linkIds),
      kinds: ['RPC'],
      judgeMode: ({ kind, peerIp, mode }) =>
        kind === 'RPC'
          ? wrongMode(this.#started().mesh, { ownIp: self.ip, peerIp }, mode)
          : refusedMode(this.#started().mesh, mode),
    });
    const mesh = {
      self: { ip: self.ip, rpcPort: self.rpcPort, clusterName, clusterId },
      meshParameters: () => this.#started().mesh,
      encrypter: this.#security,
      ledger: this.#ledger,
      logger,
    };
    this.#peers = new Peers({ ...mesh, servers: config.servers.map(serverName), configEpoch });
    this.#rpc = new RpcListener({
      ...mesh,
      host: self.ip,
      port: self.rpcPort,
      servers: () => this.#peers.servers,
      invitedTools: () => this.#started().invitedTools,
    });
    channel.onMessage((message) => this.#receive(message));
  }

  #receive(message: ToLogThread): void {
    switch (message.kind) {
      // Of a tenant that was dropped meanwhile nothing matters any more.
      case 'propose':
        this.#streams.get(message.tenantId)?.propose(message);
        break;
      case 'applied':
        this.#streams.get(message.tenantId)?.applied(message.size);
        break;
      case 'priority':
        this.#streams.get(message.tenantId)?.log.setPriority(message);
        break;
      case 'parameters':
        this.#follow(message.parameters);
        break;
      case 'report':
        this.#report = message.report;
        break;
      case 'servers':
        this.#peers.setServers(message.servers);
        break;
      case 'close':
        void this.#close();
        break;
      case 'packet':
        this.#post(message);
        break;
      default:
        this.#exchange.receive(message);
    }
  }

  #serve(name: string, argument: unknown): unknown {
    if (name === 'stream') return this.#callInPieces(argument as CallArgument);
    const answer = this.#answers[name as QuestionName] as (argument: unknown) => unknown;
    return answer(argument);
  }

  readonly #answers: {
    [Name in QuestionName]: (
      argument: LogThreadQuestions[Name]['argument'],
    ) => LogThreadQuestions[Name]['answer'] | Promise<LogThreadQuestions[Name]['answer']>;
  } = {
    start: (argument) => this.#start(argument),
    dial: () => this.#peers.start(),
    call: ({ server, pcode, body, ...options }) => this.#call(server, pcode, body, options),
    status: ({ tenantId }) => this.#stream(tenantId).log.status(),
    transfer: ({ tenantId, to }) => this.#stream(tenantId).log.transferTo(to),
    position: ({ tenantId, lsn }) => this.#stream(tenantId).log.position(lsn),
    reset: ({ tenantId, position }) => this.#stream(tenantId).log.resetTo(position),
    'install-failed': ({ tenantId }) => this.#stream(tenantId).log.installFailed(),
    truncate: ({ tenantId, lsn }) => this.#stream(tenantId).log.truncateBefore(lsn),
    'change-members': ({ tenantId, ...change }) => this.#stream(tenantId).changeMembers(change),
    'open-stream': (start) => this.#openStream(start).start(),
    'close-stream': ({ tenantId }) => this.#closeStream(tenantId),
    links: () => this.#ledger.rows(),
    'link-summary': () => this.#ledger.summaryRows(),
    figures: () => this.#figures(),
    'open-links': () => this.#peers.servers.filter((server) => this.#peers.state(server).state === 'open'),
    'renew-links': () => this.#peers.renew(),
    'stop-streams': () => this.#stopStreams(),
  };

  async #start(argument: LogThreadQuestions['start']['argument']): Promise<void> {
    this.#report = argument.report;
    this.#follow(argument.parameters);
    this.#registerHandlers(argument.pcodes);
    for (const stream of argument.streams) this.#openStream(stream);
    await this.#rpc.listen();
    await Promise.all([...this.#streams.values()].map(({ log }) => log.start()));
  }

  #follow(parameters: LogThreadParameters): void {
    this.#parameters = parameters;
    this.#options.logger.setLevel(parameters.logLevel);
    this.#security.adopt(parameters.wallet, parameters.security);
  }

  #openStream(start: StreamStart): LogStream {
    const { electionTimings } = this.#started();
    const { data, channel, logger } = this.#options;
    const stream = new HostedStream({
      ...start,
      self: serverName(data.config.self),
      log: { timings: electionTimings === 'OCEANBASE' ? oceanBaseTimings : defaultTimings },
      channel,
      leases: new LeaseSlots(data.leases),
      mesh: this.#peers,
      logger,
      failed: (error) => channel.post({ kind: 'fatal', error: plainError(error) }),
    });
    this.#streams.set(start.facts.tenantId, stream);
    return stream.log;
  }

  async #closeStream(tenantId: number): Promise<void> {
    const { log } = this.#stream(tenantId);
    this.#streams.delete(tenantId);
    await log.stop();
  }

  /** What the SQL thread answers is passed on; the rest must not depend on what it does. */
  #registerHandlers(forwarded: readonly number[]): void {
    for (const pcode of Object.values(messagePcodes)) {
      this.#rpc.handle(pcode, ({ from, tenantId, body }) => {
        if (from !== undefined) this.#stream(tenantId).log.receive(from, decodeMessage(pcode, body).message);
      });
    }
    this.#rpc.handle(logThreadPcodes.heartbeat, () => this.#report);
    this.#rpc.handle(logThreadPcodes.switchLeader, ({ body }) => {
      const { tenantId, to } = switchLeaderBody(body);
      return this.#stream(tenantId).log.transferTo(to);
    });
    this.#rpc.handle(logThreadPcodes.changeMembers, ({ body }) => {
      const { tenantId, ...change } = changeMembersBody(body);
      return this.#stream(tenantId).changeMembers(change);
    });
    this.#rpc.handle(pcodes.LS_FETCH_LOG, ({ tenantId, body }) => {
      const stream = this.#stream(tenantId);
      const isOpen = () => this.#streams.get(tenantId) === stream;
      return followLog(stream.log, { afterLsn: field(body, 'afterLsn', 'number'), isOpen });
    });
    this.#rpc.handle(pcodes.REQ_START_LSN_BY_TS, ({ tenantId, body }) => {
      const scn = BigInt(field(body, 'timestampUs', 'number')) * 1000n;
      return { lsn: this.#stream(tenantId).log.committed.lsnBefore(scn) };
    });
    const kills = new KillBoard(this.#options.data.kills);
    for (const pcode of forwarded) {
      const isKill = pcode === statementPcodes.killSession || pcode === nodePcodes.killConnection;
      this.#rpc.handle(pcode, (request) => {
        // The SQL thread may be too busy for messages, with the very statement that is meant.
        if (isKill) noteKill(kills, request.body);
        return this.#requests.forward(request);
      });
    }
  }

  async #call(
    server: string,
    pcode: number,
    body: Uint8Array,
    options: { readonly timeoutMs: number; readonly tenantId: number | undefined },
  ): Promise<Uint8Array> {
    return bytesOf(await this.#peers.call(server, pcode, new EncodedBody(body), callOptions(options)));
  }

  /** Nobody waits for an answer: what can't be sent is lost. */
  #post({ server, pcode, tenantId, body }: Extract<ToLogThread, { kind: 'packet' }>): void {
    const options = tenantId === undefined ? {} : { tenantId };
    try {
      this.#peers.post(server, pcode, new EncodedBody(body), options);
    } catch (error) {
      this.#options.logger.debug({ server, pcode, error: String(error) }, 'a post was not sent');
    }
  }

  #callInPieces({ server, pcode, body, ...options }: CallArgument): AsyncIterable<unknown> {
    const pieces = this.#peers.stream(server, pcode, new EncodedBody(body), callOptions(options));
    return mapPieces(pieces, bytesOf);
  }

  #stream(tenantId: number): HostedStream {
    const stream = this.#streams.get(tenantId);
    if (stream === undefined) throw new ObError('OB_TENANT_NOT_IN_SERVER');
    return stream;
  }

  #started(): LogThreadParameters {
    if (this.#parameters !== undefined) return this.#parameters;
    throw new ObError('OB_NOT_INIT', [], { message: 'the log thread has no parameters yet' });
  }

  #figures(): LogThreadFigures {
    return {
      delay: this.#watch.look(),
      heapUsedBytes: process.memoryUsage().heapUsed,
      handshakes: this.#security.handshakes.list(),
    };
  }

  async #stopStreams(): Promise<void> {
    await Promise.all([...this.#streams.values()].map(({ log }) => log.stop()));
  }

  async #close(): Promise<void> {
    await Promise.all([this.#peers.close(), this.#rpc.close()]);
    this.#ledger.stop();
    this.#watch.stop();
    this.#options.closed();
  }
}

/** Of bodies of both kinds of KILL; what has another shape is refused by the SQL thread. */
function noteKill(kills: KillBoard, body: unknown): void {
  if (Array.isArray(body)) {
    const connectionId = Array.isArray(body[0]) ? body[0][2] : undefined;
    if (typeof connectionId === 'number') kills.note(connectionId, undefined);
    return;
  }
  const { connectionId, tenantId } = (body ?? {}) as { connectionId?: unknown; tenantId?: unknown };
  if (typeof connectionId !== 'number') return;
  kills.note(connectionId, typeof tenantId === 'number' ? tenantId : undefined);
}

function callOptions({
  timeoutMs,
  tenantId,
}: {
  readonly timeoutMs: number;
  readonly tenantId: number | undefined;
}): CallOptions {
  return { timeoutMs, encoded: true, ...(tenantId === undefined ? {} : { tenantId }) };
}

function bytesOf(answer: unknown): Uint8Array {
  return ownBytes((answer as EncodedBody).bytes);
}
