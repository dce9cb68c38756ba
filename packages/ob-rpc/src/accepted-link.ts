import { ObError } from '@sealane/errors';
import { type Heartbeat, type HeartbeatTimings, heard, look, startHeartbeat } from './heartbeat.ts';
import type { FirstBytes, UsslMethod } from './negotiation.ts';

type Milliseconds = number;

/** The accepting side of a link. */
export type AcceptedState =
  /** Waits for the first bytes; `method` once a negotiation has said what comes next. */
  | {
      readonly name: 'accepted';
      readonly deadline: Milliseconds;
      readonly negotiated: UsslMethod | 'any' | undefined;
    }
  | { readonly name: 'securing'; readonly deadline: Milliseconds; readonly method: UsslMethod }
  | { readonly name: 'open'; readonly method: UsslMethod; readonly beat: Heartbeat }
  | { readonly name: 'draining'; readonly deadline: Milliseconds; readonly beat: Heartbeat }
  | { readonly name: 'closed'; readonly why: ObError | undefined };

export type AcceptedInput =
  /** What stands at the start of the unread bytes; never `incomplete`. */
  | { readonly kind: 'first'; readonly bytes: Exclude<FirstBytes, { kind: 'incomplete' }> }
  | { readonly kind: 'secured' }
  | { readonly kind: 'heard' }
  | { readonly kind: 'lost'; readonly error: ObError }
  | { readonly kind: 'wake' }
  | { readonly kind: 'quiet' }
  | { readonly kind: 'drain'; readonly deadline: Milliseconds }
  | { readonly kind: 'close'; readonly why?: ObError };

export type AcceptedOutput =
  /** Take this many bytes off the unread ones, answer if a method is given, then look at the next ones. */
  | { readonly kind: 'skip'; readonly size: number; readonly answer: UsslMethod | undefined }
  | { readonly kind: 'startTls'; readonly method: 'SSL_IO' | 'SSL_NO_ENCRYPT' }
  | { readonly kind: 'opened'; readonly method: UsslMethod }
  | { readonly kind: 'finished'; readonly why: ObError | undefined };

/** What the policy allows this peer, decided when it connects. */
export interface Admission {
  readonly plain: boolean;
  /** SSL_NO_ENCRYPT: certificates, then clear text. */
  readonly authenticated: boolean;
  /** False when there is no TLS context, or TLS is switched off. */
  readonly encrypted: boolean;
  /** Why not, for the message; says what to do. */
  readonly reason: string;
}

export interface AcceptedContext {
  readonly timings: HeartbeatTimings & {
    readonly firstBytesTimeoutMs: Milliseconds;
    readonly secureTimeoutMs: Milliseconds;
  };
  readonly peer: string;
  readonly admission: Admission;
}

export interface AcceptedStep {
  readonly state: AcceptedState;
  readonly outputs: readonly AcceptedOutput[];
  readonly wakeAt: Milliseconds | undefined;
}

export function startAccepted(now: Milliseconds, context: AcceptedContext): AcceptedState {
  return { name: 'accepted', deadline: now + context.timings.firstBytesTimeoutMs, negotiated: undefined };
}

/** The one function that moves an accepted link. Pure. */
export function stepAccepted(
  state: AcceptedState,
  input: AcceptedInput,
  now: Milliseconds,
  context: AcceptedContext,
): AcceptedStep {
  const [next, ...outputs] = transition(state, input, now, context);
  return { state: next, outputs, wakeAt: wakeTime(next) };
}

type Transition = readonly [AcceptedState, ...AcceptedOutput[]];

function transition(
  state: AcceptedState,
  input: AcceptedInput,
  now: Milliseconds,
  context: AcceptedContext,
): Transition {
  if (state.name === 'closed') return [state];
  if (input.kind === 'close') return close(input.why);
  if (input.kind === 'lost') return close(input.error);
  switch (state.name) {
    case 'accepted':
      return whileAccepted(state, input, now, context);
    case 'securing':
      return whileSecuring(state, input, now, context);
    default:
      return whileOpen(state, input, now, context);
  }
}

function whileAccepted(
  state: Extract<AcceptedState, { name: 'accepted' }>,
  input: AcceptedInput,
  now: Milliseconds,
  context: AcceptedContext,
): Transition {
  switch (input.kind) {
    case 'first':
      return first(state, input.bytes, now, context);
    case 'wake': {
      if (now < state.deadline) return [state];
      return close(
        connectError(
          `${context.peer} sent nothing that could be read within ${context.timings.firstBytesTimeoutMs} ms`,
        ),
      );
    }
    case 'drain':
      return close(undefined);
    case 'quiet':
      return [state];
    default:
      throw unexpected(state, input, ['first', 'lost', 'wake', 'drain', 'close']);
  }
}

function first(
  state: Extract<AcceptedState, { name: 'accepted' }>,
  bytes: Exclude<FirstBytes, { kind: 'incomplete' }>,
  now: Milliseconds,
  context: AcceptedContext,
): Transition {
  switch (bytes.kind) {
    case 'easy':
      return [
        { ...state, negotiated: 'any' },
        { kind: 'skip', size: bytes.size, answer: undefined },
      ];
    case 'ussl':
      return negotiated(state, bytes, context);
    case 'tls':
      return securing(state, now, context);
    case 'frame':
      return plain(state, now, context);
    case 'rubbish':
      return close(
        new ObError('OB_RPC_PACKET_INVALID', [], { message: `${context.peer} sent ${bytes.description}` }),
      );
  }
}

function negotiated(
  state: Extract<AcceptedState, { name: 'accepted' }>,
  { method, size }: { readonly method: UsslMethod; readonly size: number },
  context: AcceptedContext,
): Transition {
  if (method === 'NONE')
    return [
      { ...state, negotiated: method },
      { kind: 'skip', size, answer: undefined },
    ];
  if (!mayStartTls(method, context)) return close(refusal(context, method));
  return [
    { ...state, negotiated: method },
    { kind: 'skip', size, answer: method },
  ];
}

function securing(
  state: Extract<AcceptedState, { name: 'accepted' }>,
  now: Milliseconds,
  context: AcceptedContext,
): Transition {
  if (state.negotiated === 'NONE')
    return close(connectError(`${context.peer} negotiated NONE and then sent a TLS handshake`));
  const method = state.negotiated === 'SSL_NO_ENCRYPT' ? 'SSL_NO_ENCRYPT' : 'SSL_IO';
  if (!mayStartTls(method, context)) return close(refusal(context, 'TLS'));
  const deadline = now + context.timings.secureTimeoutMs;
  return [
    { name: 'securing', method, deadline },
    { kind: 'startTls', method },
  ];
}

function mayStartTls(method: UsslMethod, { admission }: AcceptedContext): boolean {
  return method === 'SSL_NO_ENCRYPT' ? admission.authenticated : admission.encrypted;
}

function plain(
  state: Extract<AcceptedState, { name: 'accepted' }>,
  now: Milliseconds,
  context: AcceptedContext,
): Transition {
  if (state.negotiated === 'SSL_IO' || state.negotiated === 'SSL_NO_ENCRYPT')
    return close(
      connectError(`${context.peer} negotiated ${state.negotiated} and then sent frames in clear`),
    );
  if (!context.admission.plain) return close(refusal(context, 'plaintext'));
  return open('NONE', now, context);
}

function whileSecuring(
  state: Extract<AcceptedState, { name: 'securing' }>,
  input: AcceptedInput,
  now: Milliseconds,
  context: AcceptedContext,
): Transition {
  switch (input.kind) {
    case 'secured':
      return open(state.method, now, context);
    case 'wake': {
      if (now < state.deadline) return [state];
      return close(
        connectError(
          `${context.peer} did not finish the TLS handshake within ${context.timings.secureTimeoutMs} ms`,
        ),
      );
    }
    case 'drain':
      return close(undefined);
    case 'quiet':
      return [state];
    default:
      throw unexpected(state, input, ['secured', 'lost', 'wake', 'drain', 'close']);
  }
}

function whileOpen(
  state: Extract<AcceptedState, { name: 'open' | 'draining' }>,
  input: AcceptedInput,
  now: Milliseconds,
  context: AcceptedContext,
): Transition {
  switch (input.kind) {
    case 'heard':
      return [{ ...state, beat: heard(state.beat, now) }];
    case 'wake': {
      if (state.name === 'draining' && now >= state.deadline) return close(undefined);
      const { beat, verdict } = look(state.beat, now, context.timings);
      if (verdict !== 'dead') return [{ ...state, beat }];
      return close(
        connectError(`${context.peer} has not sent anything for ${context.timings.deadAfterMs} ms`),
      );
    }
    case 'drain':
      return [{ name: 'draining', deadline: input.deadline, beat: state.beat }];
    case 'quiet':
      return state.name === 'draining' ? close(undefined) : [state];
    default:
      throw unexpected(state, input, ['heard', 'lost', 'wake', 'drain', 'close']);
  }
}

function open(method: UsslMethod, now: Milliseconds, context: AcceptedContext): Transition {
  return [
    { name: 'open', method, beat: startHeartbeat(now, context.timings, false) },
    { kind: 'opened', method },
  ];
}

function close(why: ObError | undefined): Transition {
  return [
    { name: 'closed', why },
    { kind: 'finished', why },
  ];
}

function refusal({ peer, admission }: AcceptedContext, what: string): ObError {
  return connectError(`refused ${what} from ${peer}: ${admission.reason}`);
}

function connectError(message: string): ObError {
  return new ObError('OB_CONNECT_ERROR', [], { message });
}

function wakeTime(state: AcceptedState): Milliseconds | undefined {
  switch (state.name) {
    case 'accepted':
    case 'securing':
      return state.deadline;
    case 'open':
      return state.beat.lookAt;
    case 'draining':
      return Math.min(state.deadline, state.beat.lookAt);
    case 'closed':
      return undefined;
  }
}

function unexpected(state: AcceptedState, input: AcceptedInput, expected: readonly string[]): ObError {
  return new ObError('OB_ERR_UNEXPECTED', [], {
    message: `an accepted link that is ${state.name} got ${input.kind}, expected one of ${expected.join(', ')}`,
  });
}
