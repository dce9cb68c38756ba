import { ObError } from '@sealane/errors';
import { type Heartbeat, type HeartbeatTimings, heard, look, startHeartbeat } from './heartbeat.ts';
import type { DialPlan, UsslMethod } from './negotiation.ts';

/** Milliseconds of a monotonic clock, or a span of it. */
type Milliseconds = number;

/** The dialling side of a link. A state holds only what it needs; README.md has the table. */
export type LinkState =
  | { readonly name: 'idle' }
  | { readonly name: 'connecting'; readonly attempt: number; readonly deadline: Milliseconds }
  | {
      readonly name: 'negotiating';
      readonly attempt: number;
      readonly deadline: Milliseconds;
      readonly method: UsslMethod;
    }
  | {
      readonly name: 'securing';
      readonly attempt: number;
      readonly deadline: Milliseconds;
      readonly method: UsslMethod;
    }
  | {
      readonly name: 'open';
      /** Failed attempts so far; 0 as soon as the peer has sent a frame on this link. */
      readonly attempt: number;
      readonly method: UsslMethod;
      readonly beat: Heartbeat;
    }
  | {
      readonly name: 'draining';
      readonly deadline: Milliseconds;
      readonly beat: Heartbeat;
      readonly why: ObError | undefined;
    }
  | { readonly name: 'backoff'; readonly attempt: number; readonly until: Milliseconds }
  | { readonly name: 'closed'; readonly why: ObError | undefined };

export type LinkInput =
  /** Somebody wants the link. */
  | { readonly kind: 'wanted' }
  | { readonly kind: 'connected'; readonly plan: DialPlan }
  /** The peer's negotiation message (generation B). */
  | { readonly kind: 'answered'; readonly method: UsslMethod }
  | { readonly kind: 'secured' }
  /** One or more whole frames came. */
  | { readonly kind: 'heard' }
  /** The socket, the handshake or the decoder failed, or the peer refused us. */
  | { readonly kind: 'lost'; readonly error: ObError }
  /** Time has passed. */
  | { readonly kind: 'wake' }
  /** No call is in flight any more. */
  | { readonly kind: 'quiet' }
  | { readonly kind: 'drain'; readonly deadline: Milliseconds; readonly why?: ObError }
  /** Give the socket up and dial again at once, under today's policy. */
  | { readonly kind: 'recycle'; readonly why: ObError }
  | { readonly kind: 'close'; readonly why?: ObError };

/** Carried out in order. */
export type LinkOutput =
  | { readonly kind: 'connect' }
  | { readonly kind: 'negotiate'; readonly plan: DialPlan }
  | { readonly kind: 'startTls' }
  /** Say who we are, then write what is queued. */
  | { readonly kind: 'opened'; readonly method: UsslMethod }
  | { readonly kind: 'ping' }
  /** Destroy the socket and fail the calls that were sent on it; what is still queued waits. */
  | { readonly kind: 'disconnect'; readonly error: ObError }
  /** For the log: this attempt failed. */
  | {
      readonly kind: 'report';
      readonly error: ObError;
      readonly attempt: number;
      readonly retryInMs: Milliseconds;
    }
  /** Fail whatever is left; nothing comes after. */
  | { readonly kind: 'finished'; readonly why: ObError | undefined };

export interface LinkTimings extends HeartbeatTimings {
  readonly connectTimeoutMs: Milliseconds;
  readonly negotiateTimeoutMs: Milliseconds;
  readonly secureTimeoutMs: Milliseconds;
  readonly backoffMinMs: Milliseconds;
  readonly backoffMaxMs: Milliseconds;
}

/** OceanBase gives a handshake 3 s and calls a peer dead after 3 s; the back-off is our own. */
export const LINK_TIMINGS_DEFAULT: LinkTimings = {
  connectTimeoutMs: 3_000,
  negotiateTimeoutMs: 3_000,
  secureTimeoutMs: 3_000,
  pingEveryMs: 500,
  deadAfterMs: 3_000,
  backoffMinMs: 50,
  backoffMaxMs: 1_000,
};

export interface LinkContext {
  readonly timings: LinkTimings;
  /** For messages: where this link leads. */
  readonly peer: string;
  /** From 0 to 1; seeded in tests. */
  readonly random: () => number;
}

export interface LinkStep {
  readonly state: LinkState;
  readonly outputs: readonly LinkOutput[];
  /** Feed `wake` at this time at the latest; undefined: there is nothing to wait for. */
  readonly wakeAt: Milliseconds | undefined;
}

/** The one function that moves a dialled link. Pure: no clock, no socket, no chance of its own. */
export function stepLink(
  state: LinkState,
  input: LinkInput,
  now: Milliseconds,
  context: LinkContext,
): LinkStep {
  const [next, ...outputs] = transition(state, input, now, context);
  return { state: next, outputs, wakeAt: wakeTime(next) };
}

type Transition = readonly [LinkState, ...LinkOutput[]];

function transition(state: LinkState, input: LinkInput, now: Milliseconds, context: LinkContext): Transition {
  if (state.name === 'closed') return [state];
  if (input.kind === 'close') return close(state, input.why);
  if (input.kind === 'wanted' && state.name !== 'idle') return [state];
  switch (state.name) {
    case 'idle':
      return fromIdle(state, input, now, context);
    case 'connecting':
    case 'negotiating':
    case 'securing':
      return whileOpening(state, input, now, context);
    case 'open':
      return whileOpen(state, input, now, context);
    case 'draining':
      return whileDraining(state, input, now, context);
    case 'backoff':
      return whileBackingOff(state, input, now, context);
  }
}

function fromIdle(state: LinkState, input: LinkInput, now: Milliseconds, context: LinkContext): Transition {
  switch (input.kind) {
    case 'wanted':
      return connect(0, now, context);
    case 'drain':
      return close(state, undefined);
    case 'recycle':
    case 'quiet':
    case 'wake':
      return [state];
    default:
      throw unexpected(state, input, ['wanted', 'drain', 'close']);
  }
}

type OpeningState = Extract<LinkState, { name: 'connecting' | 'negotiating' | 'securing' }>;

function whileOpening(
  state: OpeningState,
  input: LinkInput,
  now: Milliseconds,
  context: LinkContext,
): Transition {
  switch (input.kind) {
    case 'connected':
      if (state.name === 'connecting') return negotiate(state.attempt, input.plan, now, context);
      break;
    case 'answered':
      if (state.name === 'negotiating') return answered(state, input.method, now, context);
      break;
    case 'secured':
      if (state.name === 'securing') return open(state.attempt, state.method, now, context);
      break;
    case 'lost':
      return backOff(state.attempt, input.error, now, context);
    case 'wake':
      return now < state.deadline ? [state] : backOff(state.attempt, overdue(state, context), now, context);
    case 'recycle': {
      const [next, ...outputs] = connect(0, now, context);
      return [next, { kind: 'disconnect', error: input.why }, ...outputs];
    }
    case 'drain':
      return close(state, undefined);
    case 'quiet':
      return [state];
  }
  throw unexpected(state, input, ['connected', 'answered', 'secured', 'lost', 'wake', 'close']);
}

function whileOpen(
  state: Extract<LinkState, { name: 'open' }>,
  input: LinkInput,
  now: Milliseconds,
  context: LinkContext,
): Transition {
  switch (input.kind) {
    case 'heard':
      return [{ ...state, attempt: 0, beat: heard(state.beat, now) }];
    case 'wake': {
      const { beat, verdict } = look(state.beat, now, context.timings);
      if (verdict === 'dead') return backOff(state.attempt, silent(context), now, context);
      return verdict === 'ping' ? [{ ...state, beat }, { kind: 'ping' }] : [{ ...state, beat }];
    }
    case 'lost':
      return backOff(state.attempt, input.error, now, context);
    case 'recycle': {
      const [next, ...outputs] = connect(0, now, context);
      return [next, { kind: 'disconnect', error: input.why }, ...outputs];
    }
    case 'drain':
      return [{ name: 'draining', deadline: input.deadline, beat: state.beat, why: input.why }];
    case 'quiet':
      return [state];
    default:
      throw unexpected(state, input, ['heard', 'wake', 'lost', 'recycle', 'drain', 'close']);
  }
}

function whileDraining(
  state: Extract<LinkState, { name: 'draining' }>,
  input: LinkInput,
  now: Milliseconds,
  context: LinkContext,
): Transition {
  switch (input.kind) {
    case 'heard':
      return [{ ...state, beat: heard(state.beat, now) }];
    case 'quiet':
      return close(state, state.why);
    case 'lost':
      return close(state, input.error);
    case 'wake': {
      if (now >= state.deadline) return close(state, state.why);
      const { beat, verdict } = look(state.beat, now, context.timings);
      if (verdict === 'dead') return close(state, silent(context));
      return verdict === 'ping' ? [{ ...state, beat }, { kind: 'ping' }] : [{ ...state, beat }];
    }
    case 'drain':
    case 'recycle':
      return [state];
    default:
      throw unexpected(state, input, ['heard', 'quiet', 'lost', 'wake', 'close']);
  }
}

function whileBackingOff(
  state: Extract<LinkState, { name: 'backoff' }>,
  input: LinkInput,
  now: Milliseconds,
  context: LinkContext,
): Transition {
  switch (input.kind) {
    case 'wake':
      return now < state.until ? [state] : connect(state.attempt, now, context);
    case 'recycle':
      return connect(0, now, context);
    case 'drain':
      return close(state, undefined);
    case 'quiet':
      return [state];
    default:
      throw unexpected(state, input, ['wake', 'recycle', 'drain', 'close']);
  }
}

function connect(attempt: number, now: Milliseconds, context: LinkContext): Transition {
  return [
    { name: 'connecting', attempt, deadline: now + context.timings.connectTimeoutMs },
    { kind: 'connect' },
  ];
}

/** Only an SSL method of generation B is answered; generation A goes straight on. */
function negotiate(attempt: number, plan: DialPlan, now: Milliseconds, context: LinkContext): Transition {
  const { method } = plan;
  const hello: LinkOutput = { kind: 'negotiate', plan };
  if (method === 'NONE') {
    const [next, ...outputs] = open(attempt, method, now, context);
    return [next, hello, ...outputs];
  }
  if (plan.generation === 'ussl') {
    return [
      { name: 'negotiating', attempt, method, deadline: now + context.timings.negotiateTimeoutMs },
      hello,
    ];
  }
  const [next, ...outputs] = secure(attempt, method, now, context);
  return [next, hello, ...outputs];
}

function answered(
  state: Extract<LinkState, { name: 'negotiating' }>,
  method: UsslMethod,
  now: Milliseconds,
  context: LinkContext,
): Transition {
  if (method === state.method) return secure(state.attempt, method, now, context);
  const error = new ObError('OB_CONNECT_ERROR', [], {
    message: `${context.peer} answered the negotiation with ${method}, expected ${state.method}`,
  });
  return backOff(state.attempt, error, now, context);
}

function secure(attempt: number, method: UsslMethod, now: Milliseconds, context: LinkContext): Transition {
  return [
    { name: 'securing', attempt, method, deadline: now + context.timings.secureTimeoutMs },
    { kind: 'startTls' },
  ];
}

function open(attempt: number, method: UsslMethod, now: Milliseconds, context: LinkContext): Transition {
  const beat = startHeartbeat(now, context.timings, true);
  return [
    { name: 'open', attempt, method, beat },
    { kind: 'opened', method },
  ];
}

function backOff(failedAttempt: number, error: ObError, now: Milliseconds, context: LinkContext): Transition {
  const attempt = failedAttempt + 1;
  const retryInMs = backoffMs(attempt, context);
  return [
    { name: 'backoff', attempt, until: now + retryInMs },
    { kind: 'disconnect', error },
    { kind: 'report', error, attempt, retryInMs },
  ];
}

/** Doubles to the ceiling; then a random part of its upper half, so that nodes don't dial in step. */
function backoffMs(attempt: number, { timings, random }: LinkContext): Milliseconds {
  const full = Math.min(timings.backoffMaxMs, timings.backoffMinMs * 2 ** Math.min(attempt - 1, 30));
  return full * (0.5 + 0.5 * random());
}

function close(state: LinkState, why: ObError | undefined): Transition {
  const connected = state.name !== 'idle' && state.name !== 'backoff';
  const error = why ?? new ObError('OB_RPC_SEND_ERROR', [], { message: 'the link was closed' });
  const finished: LinkOutput = { kind: 'finished', why };
  return connected
    ? [{ name: 'closed', why }, { kind: 'disconnect', error }, finished]
    : [{ name: 'closed', why }, finished];
}

function wakeTime(state: LinkState): Milliseconds | undefined {
  switch (state.name) {
    case 'connecting':
    case 'negotiating':
    case 'securing':
      return state.deadline;
    case 'open':
      return state.beat.lookAt;
    case 'draining':
      return Math.min(state.deadline, state.beat.lookAt);
    case 'backoff':
      return state.until;
    default:
      return undefined;
  }
}

const WAITED_FOR = {
  connecting: 'did not accept the connection',
  negotiating:
    'did not answer the negotiation (it may not know transport security; check its parameters and its log)',
  securing: 'did not finish the TLS handshake',
} as const;

function overdue(state: OpeningState, { timings, peer }: LinkContext): ObError {
  const allowedMs =
    state.name === 'connecting'
      ? timings.connectTimeoutMs
      : state.name === 'negotiating'
        ? timings.negotiateTimeoutMs
        : timings.secureTimeoutMs;
  return new ObError('OB_CONNECT_ERROR', [], {
    message: `${peer} ${WAITED_FOR[state.name]} within ${allowedMs} ms`,
  });
}

function silent({ timings, peer }: LinkContext): ObError {
  return new ObError('OB_RPC_SEND_ERROR', [], {
    message: `${peer} has not sent anything for ${timings.deadAfterMs} ms; the link is given up`,
  });
}

function unexpected(state: LinkState, input: LinkInput, expected: readonly string[]): ObError {
  return new ObError('OB_ERR_UNEXPECTED', [], {
    message: `a link that is ${state.name} got ${input.kind}, expected one of ${expected.join(', ')}`,
  });
}
