import type { Message } from '@sealane/consensus';
import { type Port, PortChannel } from '../../packages/observer/src/log-thread/channel.ts';
import { Exchange } from '../../packages/observer/src/log-thread/exchange.ts';
import {
  HostedStream,
  type HostedStreamOptions,
} from '../../packages/observer/src/log-thread/hosted-stream.ts';
import { allocateLeaseSlots, LeaseSlots } from '../../packages/observer/src/log-thread/lease-slots.ts';
import type {
  LogThreadQuestions,
  QuestionName,
  ToLogThread,
  ToSqlThread,
} from '../../packages/observer/src/log-thread/messages.ts';
import {
  StreamClient,
  type StreamClientOptions,
} from '../../packages/observer/src/log-thread/stream-client.ts';
import type { ProposalOrder } from '../../packages/observer/src/replication/index.ts';
import type { Chance } from './random.ts';
import type { SimulatedThread } from './simulated-environment.ts';
import type { VirtualTime } from './virtual-time.ts';

/** The tenant's log stream. */
export const facts = { tenantId: 1002, lsId: 1001, directory: '/log' };

export interface LogHalfOptions {
  /** The log thread, and the one with the statements. */
  readonly thread: SimulatedThread;
  readonly other: SimulatedThread;
  readonly time: VirtualTime;
  readonly chance: Chance;
  options(channel: HostedStreamOptions['channel'], leases: LeaseSlots): HostedStreamOptions;
  /** Entries leave the other thread. */
  proposed(order: ProposalOrder): void;
  failed(error: unknown): void;
  /** The log is recovered, or can't be. */
  started(error: unknown): void;
}

/** The log thread's half of a node, and the line between the two: what `LogThread` and `LogNode` are in production. */
export class LogHalf {
  stream: HostedStream | undefined;
  readonly #options: LogHalfOptions;
  readonly #toLog: PortChannel<ToLogThread, ToSqlThread>;
  readonly #toSql: PortChannel<ToSqlThread, ToLogThread>;
  readonly #leases = allocateLeaseSlots();
  /** Of the SQL thread, and of the log thread. */
  readonly #asking: Exchange;
  readonly #answering: Exchange;
  #client: StreamClient | undefined;

  constructor(options: LogHalfOptions) {
    this.#options = options;
    const { thread, other, time, chance } = options;
    const toLog = new Line(thread, time, chance);
    const toSql = new Line(other, time, chance);
    this.#toLog = new PortChannel(portOf(toLog, toSql, (batch) => this.#leaves(batch as ToLogThread[])));
    this.#toSql = new PortChannel(portOf(toSql, toLog));
    this.#asking = new Exchange({ post: (message) => this.#toLog.post(message), serve: () => undefined });
    this.#answering = new Exchange({
      post: (message) => this.#toSql.post(message),
      serve: (name, argument) => this.#serve(name as QuestionName, argument as never),
    });
    this.#toSql.onMessage((message) => this.#onLogThread(message));
    this.#toLog.onMessage((message) => this.#onSqlThread(message));
  }

  connect(options: Pick<StreamClientOptions, 'hooks' | 'self' | 'logger'>): StreamClient {
    this.#client = new StreamClient({
      ...options,
      ...facts,
      channel: this.#toLog,
      ask: (name, argument) => this.ask(name, argument),
      leases: new LeaseSlots(this.#leases),
      leaseIndex: 0,
      failed: (error) => this.#options.failed(error),
    });
    return this.#client;
  }

  /** Recovers the log, on its own thread. */
  start(): void {
    const { time, thread, options, failed, started } = this.#options;
    time.after(0, thread, () => {
      const stream = options(this.#toSql, new LeaseSlots(this.#leases));
      this.stream = new HostedStream({ ...stream, failed });
      this.stream.log.start().then(
        () => started(undefined),
        (error: unknown) => started(error),
      );
    });
  }

  ask<Name extends QuestionName>(
    name: Name,
    argument: LogThreadQuestions[Name]['argument'],
  ): Promise<LogThreadQuestions[Name]['answer']> {
    return this.#asking.ask(name, argument) as Promise<LogThreadQuestions[Name]['answer']>;
  }

  /** Of another server. */
  receive(from: string, message: Message): void {
    this.stream?.log.receive(from, message);
  }

  #leaves(batch: readonly ToLogThread[]): void {
    for (const message of batch) {
      if (message.kind === 'propose' && message.order !== undefined) this.#options.proposed(message.order);
    }
  }

  #onLogThread(message: ToLogThread): void {
    const { stream } = this;
    if (stream === undefined) return;
    switch (message.kind) {
      case 'propose':
        stream.propose(message);
        break;
      case 'applied':
        stream.applied(message.size);
        break;
      case 'priority':
        stream.log.setPriority(message);
        break;
      case 'parameters':
      case 'report':
      case 'servers':
      case 'close':
      case 'packet':
        throw new Error(`nobody simulates ${message.kind}`);
      default:
        this.#answering.receive(message);
    }
  }

  #onSqlThread(message: ToSqlThread): void {
    if ('tenantId' in message) this.#client?.receive(message);
    else if (message.kind === 'fatal') this.#options.failed(message.error);
    else this.#asking.receive(message);
  }

  #serve(name: QuestionName, argument: never): unknown {
    const { stream } = this;
    if (stream === undefined) throw new Error('the log thread is not up');
    const { log } = stream;
    switch (name) {
      case 'status':
        return log.status();
      case 'transfer':
        return log.transferTo((argument as LogThreadQuestions['transfer']['argument']).to);
      case 'position':
        return log.position((argument as LogThreadQuestions['position']['argument']).lsn);
      case 'reset':
        return log.resetTo((argument as LogThreadQuestions['reset']['argument']).position);
      case 'install-failed':
        return log.installFailed();
      case 'truncate':
        return log.truncateBefore((argument as LogThreadQuestions['truncate']['argument']).lsn);
      case 'change-members':
        return stream.changeMembers(argument);
      case 'stop-streams':
        return log.stop();
      default:
        throw new Error(`nobody simulates ${name}`);
    }
  }
}

/** One direction between two threads: in order, and nothing is lost while the process lives. */
class Line {
  readonly #to: SimulatedThread;
  readonly #time: VirtualTime;
  readonly #chance: Chance;
  #listener: (value: unknown) => void = () => undefined;
  #arrivalMs = 0;

  constructor(to: SimulatedThread, time: VirtualTime, chance: Chance) {
    this.#to = to;
    this.#time = time;
    this.#chance = chance;
  }

  post(value: unknown): void {
    const { nowMs } = this.#time;
    this.#arrivalMs = Math.max(this.#arrivalMs, nowMs + this.#chance.skewed(0.005, 0.2));
    this.#time.after(this.#arrivalMs - nowMs, this.#to, () => this.#listener(value));
  }

  listen(listener: (value: unknown) => void): void {
    this.#listener = listener;
  }
}

function portOf(outgoing: Line, incoming: Line, watch: (value: unknown) => void = () => undefined): Port {
  return {
    postMessage: (value) => {
      watch(value);
      outgoing.post(value);
    },
    on: (_event, listener) => incoming.listen(listener),
  };
}
