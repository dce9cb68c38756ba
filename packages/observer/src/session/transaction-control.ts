import { isObError, ObError } from '@sealane/errors';
import type { TransactionPlan } from '@sealane/sql';
import type { SessionContext } from './session-context.ts';
import type { SessionTransaction } from './session-transaction.ts';

/** BEGIN, COMMIT, ROLLBACK, SAVEPOINT. @returns whether the client is to be let go (RELEASE) */
export async function controlTransaction(context: SessionContext, plan: TransactionPlan): Promise<boolean> {
  const { action } = plan;
  switch (action.name) {
    case 'begin':
      refuseAborted(context);
      await commitTransaction(context);
      context.beginTransaction(action);
      return false;
    case 'commit':
    case 'rollback': {
      const before = context.transaction;
      if (action.name === 'commit') await commitTransaction(context);
      else await rollbackTransaction(context);
      if (action.chain) context.chainTransaction(before);
      return action.release;
    }
    case 'savepoint':
    case 'release':
    case 'rollback-to':
      refuseAborted(context);
      await controlSavepoint(context, action.name, action.savepoint);
      return false;
  }
}

/** After 6002 nothing but the end of the transaction is taken. */
export function refuseAborted(context: SessionContext): void {
  if (context.transaction?.aborted === true) throw new ObError('OB_TRANS_NEED_ROLLBACK');
}

/**
 * Commits what is open, if anything is. Whatever comes of it, the session is without a transaction then.
 *
 * @throws ObError OB_TRANS_UNKNOWN; OB_TRANS_KILLED and OB_TRANS_ROLLBACKED: it is undone
 */
export async function commitTransaction(context: SessionContext): Promise<void> {
  const { transaction } = context;
  if (transaction?.aborted === true) {
    await rollbackTransaction(context);
    throw new ObError('OB_TRANS_ROLLBACKED');
  }
  try {
    if (transaction?.holder === undefined) return;
    const { error } = await context.control({ name: 'commit' }, 'unknown');
    if (error !== undefined) throw error;
  } finally {
    context.transaction = undefined;
  }
}

/** Never fails: a leader that can't be reached undoes what it holds by itself. */
export async function rollbackTransaction(context: SessionContext): Promise<void> {
  const { transaction } = context;
  // An aborted one too: where only the answer was lost, the leader still holds it.
  if (transaction?.holder !== undefined) {
    try {
      await context.control({ name: 'rollback' }, 'killed', rollbackTimeoutMs);
    } catch (error) {
      if (!isObError(error)) throw error;
      context.services.logger.debug({ error: error.message }, 'a rollback did not reach the leader');
    }
  }
  context.transaction = undefined;
}

async function controlSavepoint(
  context: SessionContext,
  name: 'savepoint' | 'release' | 'rollback-to',
  savepoint: string,
): Promise<void> {
  const transaction = name === 'savepoint' ? context.transactionForStatement() : context.transaction;
  if (transaction === undefined) {
    // Without a transaction a savepoint lasts for its own statement.
    if (name === 'savepoint') return;
    throw new ObError('OB_SAVEPOINT_NOT_EXIST', [savepoint]);
  }
  if (transaction.holder === undefined) return controlUnstarted(transaction, name, savepoint);
  try {
    const { error, started } = await context.control({ name, savepoint }, 'killed');
    if (!started) transaction.aborted = true;
    if (error !== undefined) throw error;
  } catch (error) {
    if (isObError(error, 'OB_TRANS_KILLED')) transaction.aborted = true;
    throw error;
  }
}

function controlUnstarted(
  transaction: SessionTransaction,
  name: 'savepoint' | 'release' | 'rollback-to',
  savepoint: string,
): void {
  if (name === 'savepoint') transaction.setSavepoint(savepoint);
  else if (name === 'release') transaction.release(savepoint);
  else transaction.rollbackTo(savepoint);
}

const rollbackTimeoutMs = 5000;
