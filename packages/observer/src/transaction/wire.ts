import { type ErrorName, errors, ObError } from '@sealane/errors';
import { decodeQueryText, encodeQueryText } from '@sealane/mysql-protocol';
import type {
  CellValue,
  FollowingRows,
  ResultColumn,
  SessionState,
  StatementResult,
  UserLockCall,
  Warning,
} from '@sealane/sql';
import type { VariableAssignment } from '../tenant/global-variables.ts';
import type {
  ControlAction,
  ControlAnswer,
  ControlRequest,
  SessionKey,
  StatementAnswer,
  StatementRequest,
  TransactionReference,
} from './requests.ts';
import { asObError } from './statement-effects.ts';

/**
 * Statements and their answers as bodies of packets: plain arrays, nothing undefined.
 *
 *  REMOTE_EXECUTE       request  [key, state, text, parameters, transaction | null, timeoutMs]
 *                                text is bytes: it may hold some that are no UTF-8
 *                       answer   any number of ['rows', rows], then ['end', state, outcome, transaction, appliedLsn];
 *                                ['begun', columns, state, transaction, appliedLsn] first where rows are still being read
 *                       outcome  ['rows', columns, warnings] | ['ok', affected, lastInsertId, info, warnings]
 *                                | ['failed', name, message, leader | null]
 *  REMOTE_SYNC_EXECUTE  request  [key, transactionId, action, timeoutMs]
 *                       answer   [error | null, started, appliedLsn], and what a user lock's function answers
 *  KILL_SESSION         request  [key, 'query' | 'connection']
 *
 *  key is [origin, incarnation, connectionId].
 */
export function encodeStatementRequest(request: StatementRequest): unknown[] {
  const { key, state, text, parameters, transaction, timeoutMs } = request;
  const reference = transaction === undefined ? null : encodeReference(transaction);
  return [encodeKey(key), encodeState(state), encodeQueryText(text), parameters, reference, timeoutMs];
}

export function decodeStatementRequest(body: unknown): StatementRequest {
  const [key, state, text, parameters, reference, timeoutMs] = arrayOf(body, 6);
  return {
    key: decodeKey(key),
    state: decodeState(state),
    text: statementOf(text),
    parameters: cellsOf(parameters),
    transaction: reference === null ? undefined : decodeReference(reference),
    timeoutMs: numberOf(timeoutMs),
  };
}

/** Pieces of about a mebibyte: a large result doesn't hold up what else the link carries. */
export async function* encodeStatementAnswer(answer: StatementAnswer): AsyncGenerator<unknown[]> {
  const { outcome, state, transaction, appliedLsn } = answer;
  let last = outcome;
  if (outcome.kind === 'done' && outcome.result.kind === 'rows') {
    const { columns, rows, rest } = outcome.result;
    if (rest !== undefined) yield ['begun', columns, encodeState(state), transaction, appliedLsn];
    for (const piece of pieces(rows)) yield ['rows', piece];
    if (rest !== undefined) {
      try {
        for await (const more of rest) yield ['rows', more];
      } catch (error) {
        last = { kind: 'failed', error: asObError(error) };
      } finally {
        rest.cancel();
      }
    }
  }
  yield ['end', encodeState(state), encodeOutcome(last), transaction, appliedLsn];
}

/** @throws ObError OB_RPC_PACKET_INVALID when the pieces end early or have another shape */
export async function decodeStatementAnswer(parts: AsyncIterable<unknown>): Promise<StatementAnswer> {
  const rows: CellValue[][] = [];
  const pieces = parts[Symbol.asyncIterator]();
  for (;;) {
    const [kind, ...rest] = await nextPiece(pieces);
    if (kind === 'rows') {
      for (const row of arrayOf(rest[0], 0)) rows.push(cellsOf(row));
    } else if (kind === 'begun') {
      return begunAnswer(rest, pieces);
    } else {
      return endOf(rest, rows);
    }
  }
}

async function nextPiece(pieces: AsyncIterator<unknown>): Promise<readonly unknown[]> {
  const piece = await pieces.next();
  if (piece.done === true) throw invalid('the answer has no end');
  return arrayOf(piece.value, 2);
}

function endOf(
  [state, outcome, transaction, appliedLsn]: readonly unknown[],
  rows: CellValue[][],
): StatementAnswer {
  return {
    state: decodeState(state),
    outcome: decodeOutcome(arrayOf(outcome, 1), rows),
    transaction: transaction as StatementAnswer['transaction'],
    appliedLsn: numberOf(appliedLsn),
  };
}

/** An answer whose rows are still to come; at their end its state is the session's. */
function begunAnswer(
  [columns, state, transaction, appliedLsn]: readonly unknown[],
  pieces: AsyncIterator<unknown>,
): StatementAnswer {
  const answer = {
    state: decodeState(state),
    transaction: transaction as StatementAnswer['transaction'],
    appliedLsn: numberOf(appliedLsn),
  };
  const rest: FollowingRows = {
    [Symbol.asyncIterator]: async function* () {
      for (;;) {
        const [kind, ...rest] = await nextPiece(pieces);
        if (kind === 'rows') {
          yield arrayOf(rest[0], 0).map(cellsOf);
          continue;
        }
        const { state: last, outcome } = endOf(rest, []);
        Object.assign(answer.state, last);
        if (outcome.kind === 'failed') throw outcome.error;
        return;
      }
    },
    cancel: () => void pieces.return?.(),
  };
  const result: StatementResult = { kind: 'rows', columns: columns as ResultColumn[], rows: [], rest };
  return { ...answer, outcome: { kind: 'done', result, warningCount: 0 } };
}

export function encodeControlRequest({ key, transactionId, action, timeoutMs }: ControlRequest): unknown[] {
  return [encodeKey(key), transactionId, encodeAction(action), timeoutMs];
}

export function decodeControlRequest(body: unknown): ControlRequest {
  const [key, transactionId, action, timeoutMs] = arrayOf(body, 4);
  return {
    key: decodeKey(key),
    transactionId: numberOf(transactionId),
    action: decodeAction(arrayOf(action, 1)),
    timeoutMs: numberOf(timeoutMs),
  };
}

export function encodeControlAnswer({ error, started, appliedLsn, value }: ControlAnswer): unknown[] {
  const answer = [error === undefined ? null : encodeError(error), started, appliedLsn];
  return value === undefined ? answer : [...answer, value];
}

export function decodeControlAnswer(body: unknown): ControlAnswer {
  const [error, started, appliedLsn, value] = arrayOf(body, 3);
  return {
    ...(value === undefined ? {} : { value: value === null ? null : bigintOf(value) }),
    error: error === null ? undefined : decodeError(arrayOf(error, 3)),
    started: started === true,
    appliedLsn: numberOf(appliedLsn),
  };
}

export function encodeKill(key: SessionKey, what: 'query' | 'connection'): unknown[] {
  return [encodeKey(key), what];
}

export function decodeKill(body: unknown): { key: SessionKey; what: 'query' | 'connection' } {
  const [key, what] = arrayOf(body, 2);
  return { key: decodeKey(key), what: what === 'connection' ? 'connection' : 'query' };
}

function encodeKey({ origin, incarnation, connectionId }: SessionKey): unknown[] {
  return [origin, incarnation, connectionId];
}

function decodeKey(value: unknown): SessionKey {
  const [origin, incarnation, connectionId] = arrayOf(value, 3);
  return {
    origin: textOf(origin),
    incarnation: numberOf(incarnation),
    connectionId: numberOf(connectionId),
  };
}

function encodeReference(reference: TransactionReference): unknown[] {
  const { id, started, readOnly, repeatable, savepoints, onlyReads } = reference;
  return [id, started, readOnly, repeatable, savepoints, onlyReads];
}

function decodeReference(value: unknown): TransactionReference {
  const [id, started, readOnly, repeatable, savepoints, onlyReads] = arrayOf(value, 5);
  return {
    id: numberOf(id),
    started: started === true,
    readOnly: readOnly === true,
    repeatable: repeatable === true,
    onlyReads: onlyReads === true,
    savepoints: arrayOf(savepoints, 0).map(textOf),
  };
}

function statementOf(value: unknown): string {
  if (value instanceof Uint8Array) return decodeQueryText(value);
  throw invalid('the text is no bytes');
}

function encodeState(state: SessionState): unknown[] {
  const { connectionId, tenantId, tenant, user, clientHost, accountHost, database } = state;
  return [
    [
      ...[connectionId, tenantId, tenant, user, clientHost, accountHost, state.internal === true],
      (state.activeRoles ?? []).map((role) => [role.user, role.host]),
      state.passwordExpired === true,
    ],
    database ?? null,
    Object.entries(state.variables),
    Object.entries(state.userVariables),
    [state.lastInsertId, state.rowCount, state.foundRows],
    state.warnings.map(({ level, errno, message }) => [level, errno, message]),
  ];
}

function decodeState(value: unknown): SessionState {
  const [who, database, variables, userVariables, counts, warnings] = arrayOf(value, 6);
  const [connectionId, tenantId, tenant, user, clientHost, accountHost, internal, roles, expired] = arrayOf(
    who,
    9,
  );
  const [lastInsertId, rowCount, foundRows] = arrayOf(counts, 3);
  return {
    connectionId: numberOf(connectionId),
    tenantId: numberOf(tenantId),
    tenant: textOf(tenant),
    user: textOf(user),
    clientHost: textOf(clientHost),
    accountHost: textOf(accountHost),
    ...(internal === true ? { internal } : {}),
    activeRoles: arrayOf(roles, 0).map(decodeRole),
    passwordExpired: expired === true,
    database: database === null ? undefined : textOf(database),
    variables: decodeRecord(variables),
    userVariables: decodeRecord(userVariables),
    lastInsertId: bigintOf(lastInsertId),
    rowCount: bigintOf(rowCount),
    foundRows: bigintOf(foundRows),
    warnings: arrayOf(warnings, 0).map(decodeWarning),
  };
}

function decodeRole(value: unknown): { readonly user: string; readonly host: string } {
  const [user, host] = arrayOf(value, 2);
  return { user: textOf(user), host: textOf(host) };
}

function decodeRecord(value: unknown): Record<string, CellValue> {
  const entries = arrayOf(value, 0).map((entry): [string, CellValue] => {
    const [name, cell] = arrayOf(entry, 2);
    return [textOf(name), cellOf(cell)];
  });
  return Object.fromEntries(entries);
}

function decodeWarning(value: unknown): Warning {
  const [level, errno, message] = arrayOf(value, 3);
  return { level: textOf(level) as Warning['level'], errno: numberOf(errno), message: textOf(message) };
}

function encodeOutcome(outcome: StatementAnswer['outcome']): unknown[] {
  if (outcome.kind === 'failed') return ['failed', ...encodeError(outcome.error)];
  const { result, warningCount } = outcome;
  if (result.kind === 'rows') return ['rows', result.columns, warningCount];
  return ['ok', result.affectedRows, result.lastInsertId, result.info, warningCount];
}

function decodeOutcome(outcome: readonly unknown[], rows: CellValue[][]): StatementAnswer['outcome'] {
  const [kind, ...rest] = outcome;
  if (kind === 'failed') return { kind: 'failed', error: decodeError(rest) };
  if (kind === 'rows') {
    const result: StatementResult = { kind: 'rows', columns: rest[0] as ResultColumn[], rows };
    return { kind: 'done', result, warningCount: numberOf(rest[1]) };
  }
  const result: StatementResult = {
    kind: 'ok',
    affectedRows: bigintOf(rest[0]),
    lastInsertId: bigintOf(rest[1]),
    info: textOf(rest[2]),
  };
  return { kind: 'done', result, warningCount: numberOf(rest[3]) };
}

function encodeError(error: ObError): unknown[] {
  const { leader } = error.details;
  return [error.name, error.message, typeof leader === 'string' ? leader : null];
}

function decodeError([name, message, leader]: readonly unknown[]): ObError {
  const known = typeof name === 'string' && Object.hasOwn(errors, name);
  return new ObError(known ? (name as ErrorName) : 'OB_ERR_UNEXPECTED', [], {
    message: textOf(message),
    ...(typeof leader === 'string' ? { details: { leader } } : {}),
  });
}

function encodeAction(action: ControlAction): unknown[] {
  if ('savepoint' in action) return [action.name, action.savepoint];
  if (action.name === 'user-lock') return [action.name, [action.operation, action.lock]];
  if ('assignments' in action) {
    return [action.name, action.assignments.map(({ name, value }) => [name, value])];
  }
  return [action.name];
}

function decodeAction([name, argument]: readonly unknown[]): ControlAction {
  switch (name) {
    case 'savepoint':
    case 'rollback-to':
    case 'release':
      return { name, savepoint: textOf(argument) };
    case 'set-global':
      return {
        name,
        assignments: arrayOf(argument, 0).map((each): VariableAssignment => {
          const [variable, value] = arrayOf(each, 2);
          return { name: textOf(variable), value: cellOf(value) };
        }),
      };
    case 'user-lock': {
      const [operation, lock] = arrayOf(argument, 2);
      return { name, operation: textOf(operation) as UserLockCall['operation'], lock: textOf(lock) };
    }
    case 'commit':
    case 'rollback':
    case 'read-index':
      return { name };
    default:
      throw invalid(`there is no action ${String(name)}`);
  }
}

/** Rows in pieces of about a mebibyte. */
export function* pieces(rows: Iterable<readonly CellValue[]>): Generator<(readonly CellValue[])[]> {
  let piece: (readonly CellValue[])[] = [];
  let size = 0;
  for (const row of rows) {
    piece.push(row);
    for (const cell of row) size += cellSize(cell);
    if (size < pieceSizeMax) continue;
    yield piece;
    piece = [];
    size = 0;
  }
  if (piece.length > 0) yield piece;
}

const pieceSizeMax = 1024 * 1024;

function cellSize(cell: CellValue): number {
  if (typeof cell === 'string') return cell.length + 3;
  return cell instanceof Uint8Array ? cell.length + 3 : 9;
}

function cellsOf(value: unknown): CellValue[] {
  return arrayOf(value, 0).map(cellOf);
}

function cellOf(value: unknown): CellValue {
  // A copy: the cell outlives the packet, and must not keep the whole frame alive.
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint') return value;
  throw invalid(`a cell is no ${typeof value}`);
}

function arrayOf(value: unknown, lengthMin: number): readonly unknown[] {
  if (Array.isArray(value) && value.length >= lengthMin) return value;
  throw invalid(`there is no array of ${lengthMin} or more where one belongs`);
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  throw invalid(`a text is a ${typeof value}`);
}

function numberOf(value: unknown): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  throw invalid(`a number is a ${typeof value}`);
}

function bigintOf(value: unknown): bigint {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value);
  throw invalid(`an integer is a ${typeof value}`);
}

function invalid(why: string): ObError {
  return new ObError('OB_RPC_PACKET_INVALID', [], { message: `a forwarded statement is invalid: ${why}` });
}
