import { isObError, ObError } from '@sealane/errors';
import type { TenantNode } from '../tenant/tenant-node.ts';
import type { LeaderExecutor } from './leader-executor.ts';
import { type Mesh, statementPcodes } from './mesh.ts';
import type {
  ControlAnswer,
  ControlRequest,
  SessionKey,
  StatementAnswer,
  StatementRequest,
} from './requests.ts';
import {
  decodeControlAnswer,
  decodeStatementAnswer,
  encodeControlRequest,
  encodeKill,
  encodeStatementRequest,
} from './wire.ts';

export interface Attempt {
  /** The server that holds the session's open transaction; nobody else will do. */
  readonly holder: string | undefined;
  /**
   * When a call was sent and no answer came: `repeat` what may be done twice, `killed` where it is part of a
   * transaction that can't go on, `unknown` where it may have taken effect.
   */
  readonly inDoubt: 'repeat' | 'killed' | 'unknown';
  readonly signal: AbortSignal;
}

/** Brings statements to the tenant's leader, wherever it is, within their time. */
export class LeaderAccess {
  readonly #node: TenantNode;
  readonly #executor: LeaderExecutor;
  readonly #mesh: Mesh;

  constructor({ node, executor, mesh }: { node: TenantNode; executor: LeaderExecutor; mesh: Mesh }) {
    this.#node = node;
    this.#executor = executor;
    this.#mesh = mesh;
  }

  /**
   * @returns the answer, and who gave it
   * @throws ObError OB_TIMEOUT: no leader in time, nothing executed; OB_TRANS_UNKNOWN: it may be executed;
   *   OB_TRANS_KILLED: the holder of the transaction is gone
   */
  execute(request: StatementRequest, attempt: Attempt): Promise<{ answer: StatementAnswer; server: string }> {
    return this.#reach(request.timeoutMs, attempt, {
      send: (server, timeoutMs) => {
        const current = timeoutMs === request.timeoutMs ? request : { ...request, timeoutMs };
        return server === this.#node.self ? this.#executor.execute(current) : this.#forward(server, current);
      },
      errorOf: ({ outcome }) => (outcome.kind === 'failed' ? outcome.error : undefined),
    });
  }

  /** As `execute`, for what has no text. */
  control(request: ControlRequest, attempt: Attempt): Promise<{ answer: ControlAnswer; server: string }> {
    return this.#reach(request.timeoutMs, attempt, {
      send: (server, timeoutMs) => {
        const current = { ...request, timeoutMs };
        return server === this.#node.self
          ? this.#executor.control(current)
          : this.#callControl(server, current);
      },
      errorOf: ({ error }) => error,
    });
  }

  /** Interrupts what the session has under way at `server`. What can't be reached ends by its own timeout. */
  async kill(server: string, key: SessionKey, what: 'query' | 'connection'): Promise<void> {
    if (server === this.#node.self) return this.#executor.kill(key, what);
    const options = this.#options(killTimeoutMs);
    const body = encodeKill(key, what);
    // What can't be told ends by its own timeout.
    await this.#mesh.call(server, statementPcodes.killSession, body, options).catch(() => undefined);
  }

  async #reach<Answer extends object>(
    timeoutMs: number,
    attempt: Attempt,
    call: Call<Answer>,
  ): Promise<{ answer: Answer; server: string }> {
    const deadlineMs = performance.now() + timeoutMs;
    let learned: string | undefined;
    for (let isFirst = true; ; isFirst = false) {
      const { count } = this.#node.roleChanges;
      const known = attempt.holder ?? learned ?? this.#leaderNow(attempt.signal);
      const server = known ?? (await this.#leader(deadlineMs, attempt.signal));
      const isNow = isFirst && known !== undefined;
      const leftMs = isNow ? timeoutMs : Math.max(1, deadlineMs - performance.now());
      try {
        const sent = call.send(server, leftMs);
        const answer = await (server === this.#node.self ? sent : this.#watching(server, attempt, sent));
        const error = call.errorOf(answer);
        if (error?.name !== 'OB_NOT_MASTER') return { answer, server };
        // Not the leader, and nothing was done. It may know who is.
        if (attempt.holder !== undefined) throw killed(error);
        learned = leaderIn(error);
      } catch (error) {
        if (!isObError(error) || isObError(error, 'OB_TRANS_KILLED')) throw error;
        learned = undefined;
        this.#judge(error, server, attempt);
      }
      await this.#pause(count, deadlineMs, attempt.signal);
    }
  }

  /**
   * A leader that was stopped or cut off answers nothing and closes nothing. When somebody else leads, there is no
   * reason to wait for the whole of the statement's time.
   */
  async #watching<Answer>(server: string, { inDoubt }: Attempt, call: Promise<Answer>): Promise<Answer> {
    const { promise: deposed, reject } = Promise.withResolvers<never>();
    let checksLeft = inDoubt === 'repeat' ? 1 : deposedChecks;
    const timer = setInterval(() => {
      const { leader } = this.#node.log.role();
      if (leader === undefined || leader === server || --checksLeft > 0) return;
      const message = `${server} was asked and didn't answer; ${leader} leads now`;
      reject(new ObError('OB_RPC_SEND_ERROR', [], { message, details: { sent: true } }));
    }, checkMs);
    try {
      return await Promise.race([call, deposed]);
    } finally {
      clearInterval(timer);
      // What it answers later is of no use; its session was told already.
      call.catch(() => undefined);
    }
  }

  /** Returns when the failed call may be made again. @throws what the session is to be told otherwise */
  #judge(error: ObError, server: string, { holder, inDoubt }: Attempt): void {
    const unsent = error.details['sent'] === false || notExecuted.has(error.name);
    if (unsent) {
      if (holder === undefined || this.#node.log.role().leader === server) return;
      throw killed(error);
    }
    switch (inDoubt) {
      case 'repeat':
        if (holder !== undefined) throw killed(error);
        if (error.name === 'OB_TIMEOUT' || error.name === 'OB_RPC_PACKET_INVALID') throw error;
        return;
      case 'killed':
        throw killed(error);
      case 'unknown':
        throw new ObError('OB_TRANS_UNKNOWN', [], { cause: error });
    }
  }

  async #leader(deadlineMs: number, signal: AbortSignal): Promise<string> {
    for (;;) {
      const { count } = this.#node.roleChanges;
      const leader = this.#leaderNow(signal);
      if (leader !== undefined) return leader;
      await this.#pause(count, deadlineMs, signal);
    }
  }

  #leaderNow(signal: AbortSignal): string | undefined {
    signal.throwIfAborted();
    return this.#node.servingLeader();
  }

  /** Until the role of this node has changed since `count` was read, or a short time. */
  async #pause(count: number, deadlineMs: number, signal: AbortSignal): Promise<void> {
    const leftMs = deadlineMs - performance.now();
    if (leftMs <= 0) {
      const { leader } = this.#node.log.role();
      throw new ObError('OB_TIMEOUT', [], {
        message: `Timeout: tenant ${this.#node.tenant} had no leader that answered in time (last known: ${leader ?? 'none'})`,
      });
    }
    await this.#node.roleChanges.after(count, Math.min(pauseMs, leftMs), signal);
    signal.throwIfAborted();
  }

  async #forward(server: string, request: StatementRequest): Promise<StatementAnswer> {
    const { timeoutMs } = request;
    const pieces = this.#mesh.stream(
      server,
      statementPcodes.remoteExecute,
      encodeStatementRequest(request),
      this.#options(timeoutMs + graceMs),
    );
    return decodeStatementAnswer(pieces);
  }

  async #callControl(server: string, request: ControlRequest): Promise<ControlAnswer> {
    const { timeoutMs } = request;
    const body = encodeControlRequest(request);
    const options = this.#options(timeoutMs + graceMs);
    return decodeControlAnswer(
      await this.#mesh.call(server, statementPcodes.remoteSyncExecute, body, options),
    );
  }

  #options(timeoutMs: number): { timeoutMs: number; tenantId: number } {
    return { timeoutMs: Math.ceil(timeoutMs), tenantId: this.#node.tenantId };
  }
}

/** One question, whomever it is sent to. */
interface Call<Answer> {
  send(server: string, leftMs: number): Promise<Answer>;
  /** What an answer says that went wrong. */
  errorOf(answer: Answer): ObError | undefined;
}

/** The call didn't reach anybody, or was refused before it did anything. */
const notExecuted: ReadonlySet<string> = new Set([
  'OB_RPC_POST_ERROR',
  'OB_CONNECT_ERROR',
  'OB_RPC_NEED_RECONNECT',
  'OB_NOT_MASTER',
  'OB_TENANT_NOT_IN_SERVER',
  'OB_SERVER_IS_INIT',
  'OB_SERVER_IS_STOPPING',
]);

/** How often the leader is looked at while a call is under way. */
const checkMs = 100;
/** A deposed leader may still say that it did nothing: better than not to know. */
const deposedChecks = 20;
/** Between two attempts, if nothing changes: a link may be back, another node may have heard more. */
const pauseMs = 20;
/** The leader's own error should be here before the call's timeout. */
const graceMs = 500;
const killTimeoutMs = 2000;

function leaderIn(error: ObError): string | undefined {
  const { leader } = error.details;
  return typeof leader === 'string' ? leader : undefined;
}

function killed(cause: ObError): ObError {
  return new ObError('OB_TRANS_KILLED', [], {
    message: 'Transaction is killed: the leader that held it is gone; begin again',
    cause,
  });
}
