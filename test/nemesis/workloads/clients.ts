import { setTimeout as delay } from 'node:timers/promises';
import type { HistoryWriter } from '../history.ts';
import { classify } from './classify.ts';
import { type NodeAddress, Session } from './session.ts';
import { type Invocation, oneOf, type Random, type Workload } from './workload.ts';

/** After a failure: long enough not to flood, short enough to see the cluster come back. */
const RETRY_AFTER_MS = 50;
const SLEEP_MS = 1_500;
const FINAL_READ_TIMEOUT_MS = 60_000;
/** Numbers of processes are spread so that each workload has its own. */
const PROCESSES_PER_WORKLOAD = 10_000_000;

export interface ClientsOptions {
  readonly nodes: readonly NodeAddress[];
  readonly workload: Workload;
  /** Which of the workloads it is: for the numbers of its processes. */
  readonly ordinal: number;
  readonly count: number;
  /**
   * More clients, which idle for seconds with their session open. Who was paused or cut off for a while is asked by
   * them just as it comes back, when all busy clients still wait for their last answer.
   */
  readonly sleepers: number;
  /** Pause of each client between two operations, on average. */
  readonly pauseMs: number;
  readonly random: Random;
  readonly history: HistoryWriter;
}

/** Makes the tables of all workloads: before there is any load, or a busy machine lets no DDL through in time. */
export async function setUpAll(node: NodeAddress, workloads: readonly Workload[]): Promise<void> {
  const session = await Session.open(node);
  for (const workload of workloads) await workload.setUp(session);
  session.destroy();
}

/** Clients of one workload, each bound to a node until it doesn't answer. */
export class Clients {
  readonly #options: ClientsOptions;
  readonly #finished: Promise<void>[];
  readonly #refusals = new Map<string, number>();
  readonly #unexpected = new Map<string, number>();
  #running = true;

  private constructor(options: ClientsOptions) {
    this.#options = options;
    const { count, sleepers, pauseMs } = options;
    this.#finished = Array.from({ length: count + sleepers }, (_, index) =>
      this.#run(index, index < count ? pauseMs : SLEEP_MS),
    );
  }

  static start(options: ClientsOptions): Clients {
    return new Clients(options);
  }

  /** Connections that were not made, by reason: no operation was begun. */
  get refusals(): ReadonlyMap<string, number> {
    return this.#refusals;
  }

  /** Errors that faults don't excuse. */
  get unexpected(): ReadonlyMap<string, number> {
    return this.#unexpected;
  }

  async stop(): Promise<void> {
    this.#running = false;
    await Promise.all(this.#finished);
  }

  /** Once the cluster is whole again: what each node says at the end. */
  async readFinally(): Promise<void> {
    const { nodes, workload, ordinal, count, sleepers } = this.#options;
    for (const [index, node] of nodes.entries()) {
      const client = new Client(ordinal * PROCESSES_PER_WORKLOAD + count + sleepers + index);
      for (const invocation of workload.finalReads()) await this.#readUntilAnswered(node, client, invocation);
    }
  }

  /** @param pauseMs between two operations, on average */
  async #run(index: number, pauseMs: number): Promise<void> {
    const { ordinal, workload, random } = this.#options;
    const client = new Client(ordinal * PROCESSES_PER_WORKLOAD + index);
    let turn = index;
    let session: Session | undefined;
    while (this.#running) {
      try {
        session ??= await this.#open(turn, client);
      } catch (error) {
        count(this.#refusals, classify(error, false).error);
        turn += 1;
        await delay(RETRY_AFTER_MS);
        continue;
      }
      const alive = await this.#operate(session, client, workload.next());
      if (!alive) {
        session.destroy();
        session = undefined;
        client.becomeAnother();
        // Half of them come back to the same node, which may have just returned.
        if (random() < 0.5) turn += 1;
        await delay(RETRY_AFTER_MS);
      }
      if (pauseMs > 0) await delay(pauseMs * 2 * random());
    }
    session?.destroy();
  }

  async #open(turn: number, client: Client): Promise<Session> {
    const node = this.#options.nodes[turn % this.#options.nodes.length];
    if (node === undefined) throw new Error('no node');
    return Session.open(
      node,
      client.number % 2 === 0 ? 'READ COMMITTED' : oneOf(this.#options.random, LEVELS),
    );
  }

  /** @returns whether the session can be used again */
  async #operate(session: Session, client: Client, { f, value }: Invocation): Promise<boolean> {
    const { history, workload } = this.#options;
    const common = { workload: workload.name, f, node: session.node.name };
    const process = client.number;
    history.write({ ...common, process, type: 'invoke', value });
    try {
      const result = await workload.perform(session, { f, value });
      history.write({ ...common, process, type: 'ok', value: result });
      return true;
    } catch (thrown) {
      const failure = classify(thrown, session.mayHaveTakenEffect);
      history.write({ ...common, process, type: failure.outcome, error: failure.error });
      if (failure.unexpected) count(this.#unexpected, failure.error);
      return !failure.broken && failure.outcome === 'fail' && (await rolledBack(session));
    }
  }

  async #readUntilAnswered(node: NodeAddress, client: Client, invocation: Invocation): Promise<void> {
    const deadline = performance.now() + FINAL_READ_TIMEOUT_MS;
    for (;;) {
      try {
        const session = await Session.open(node);
        const answered = await this.#operate(session, client, invocation);
        session.destroy();
        client.becomeAnother();
        if (answered) return;
      } catch (error) {
        count(this.#refusals, classify(error, false).error);
      }
      if (performance.now() > deadline) throw new Error(`${node.name} gave no final read of ${invocation.f}`);
      await delay(RETRY_AFTER_MS);
    }
  }
}

/** One session after the other, each a process of its own in the history. */
class Client {
  number: number;

  constructor(number: number) {
    this.number = number;
  }

  /** What it did last may happen at any later time: who goes on is somebody else. */
  becomeAnother(): void {
    this.number += CLIENTS_MAX;
  }
}

/** What a failed transaction left open. */
async function rolledBack(session: Session): Promise<boolean> {
  try {
    await session.rollback();
    return true;
  } catch {
    return false;
  }
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

const LEVELS = ['READ COMMITTED', 'REPEATABLE READ'] as const;
const CLIENTS_MAX = 1000;
