import type { ObError } from '@sealane/errors';
import type { CellValue, Plan, SessionState, StatementResult, UserLockCall } from '@sealane/sql';
import type { ParsedText } from '../session/sql-engine.ts';
import type { VariableAssignment } from '../tenant/global-variables.ts';

/** Which session asks. The incarnation is another one after each start of the origin. */
export interface SessionKey {
  /** The server the client is connected to. */
  readonly origin: string;
  readonly incarnation: number;
  readonly connectionId: number;
}

/** What a session holds at a leader: a transaction, or, under number 0, what is the session's as long as it exists. */
export interface Claim {
  readonly key: SessionKey;
  readonly transactionId: number;
}

/** A transaction as its session knows it. */
export interface TransactionReference {
  /** Of the session: 1, 2, 3 … */
  readonly id: number;
  /** The leader holds it. Before that nothing was written, nor has a repeatable one read. */
  readonly started: boolean;
  readonly readOnly: boolean;
  /** REPEATABLE READ and SERIALIZABLE: until it writes, it sees the state of its first read. */
  readonly repeatable: boolean;
  /** It says that it only reads, or wants one state for all of its reads: a process of its own is worth it. */
  readonly onlyReads: boolean;
  /** Set before the first write, oldest first; the leader sets them when it starts the transaction. */
  readonly savepoints: readonly string[];
}

/** One statement for the leader. */
export interface StatementRequest {
  readonly key: SessionKey;
  readonly state: SessionState;
  readonly text: string;
  readonly parameters: readonly CellValue[];
  /** Undefined: the statement is a transaction of its own. */
  readonly transaction: TransactionReference | undefined;
  /** What is left of the statement's time. */
  readonly timeoutMs: number;
  /** What the session has made of the text already. Another server does that by itself: it isn't sent. */
  readonly planned?: PlannedText;
}

export interface PlannedText {
  readonly parsed: ParsedText;
  /** Undefined for a plan that belongs to the session's own state. */
  readonly plan: Plan | undefined;
  /** Of the catalog that it was planned with. */
  readonly schemaVersion: number;
}

/** What a statement came to, error or not: a failed one changes the session too. */
export interface StatementAnswer {
  readonly state: SessionState;
  readonly outcome:
    | { readonly kind: 'done'; readonly result: StatementResult; readonly warningCount: number }
    | { readonly kind: 'failed'; readonly error: ObError };
  /** Whether the leader holds the transaction now; `lost`: it did, and has undone it. */
  readonly transaction: 'none' | 'started' | 'lost';
  /** What the leader had applied; a session that has seen this must not see less elsewhere. */
  readonly appliedLsn: number;
}

/** What concerns a transaction on the leader, or the leader itself, and has no text. */
export type ControlAction =
  | { readonly name: 'commit' | 'rollback' }
  | { readonly name: 'savepoint' | 'rollback-to' | 'release'; readonly savepoint: string }
  | { readonly name: 'set-global'; readonly assignments: readonly VariableAssignment[] }
  | { readonly name: 'user-lock'; readonly operation: UserLockCall['operation']; readonly lock: string }
  /** Asks for the applied LSN: who waits until it is applied on his own node sees all that was committed before. */
  | { readonly name: 'read-index' };

export interface ControlRequest {
  readonly key: SessionKey;
  readonly transactionId: number;
  readonly action: ControlAction;
  readonly timeoutMs: number;
}

export interface ControlAnswer {
  readonly error: ObError | undefined;
  /** What a function of user locks answers. */
  readonly value?: bigint | null;
  /** The leader still holds the transaction. */
  readonly started: boolean;
  readonly appliedLsn: number;
}

export function keyText(key: SessionKey): string {
  const known = keyTexts.get(key);
  if (known !== undefined) return known;
  const text = `${key.origin}#${key.incarnation}#${key.connectionId}`;
  keyTexts.set(key, text);
  return text;
}

/** A session of this node has one key for all its statements. */
const keyTexts = new WeakMap<SessionKey, string>();

export function claimText({ key, transactionId }: Claim): string {
  return `${keyText(key)}#${transactionId}`;
}

/** A copy that nobody else changes. Cells and system variables are never changed in place. */
export function copyState(state: SessionState): SessionState {
  return { ...state, userVariables: { ...state.userVariables }, warnings: [...state.warnings] };
}
