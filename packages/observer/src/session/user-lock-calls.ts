import { setTimeout as delay } from 'node:timers/promises';
import type { UserLockCall } from '@sealane/sql';
import type { SessionContext } from './session-context.ts';

/** Asks the leader for each of them in order; GET_LOCK as long as it may wait. @returns what the functions answer */
export async function askForUserLocks(
  context: SessionContext,
  calls: readonly UserLockCall[],
): Promise<(bigint | null)[]> {
  const answers: (bigint | null)[] = [];
  for (const call of calls) answers.push(await ask(context, call));
  return answers;
}

/** The session ends: what it holds is free again. */
export async function releaseUserLocks(context: SessionContext): Promise<void> {
  if (!context.holdsUserLocks) return;
  context.holdsUserLocks = false;
  // What isn't released now is found by the leader, which looks for sessions that are gone.
  await once(context, { operation: 'release-all', name: '' }).catch(() => undefined);
}

async function ask(context: SessionContext, call: UserLockCall): Promise<bigint | null> {
  const deadlineMs = performance.now() + call.seconds * 1000;
  if (call.operation === 'get') context.holdsUserLocks = true;
  for (;;) {
    const answer = await once(context, call);
    const leftMs = deadlineMs - performance.now();
    if (call.operation !== 'get' || answer === 1n || leftMs <= 0) return answer;
    const pauseMs = Math.min(retryMs, leftMs, context.leftMs());
    await delay(pauseMs, undefined, { signal: context.signal }).catch(() => context.leftMs());
  }
}

async function once(
  context: SessionContext,
  { operation, name }: Pick<UserLockCall, 'operation' | 'name'>,
): Promise<bigint | null> {
  // A call that may have come through isn't repeated: it would count twice.
  const action = { name: 'user-lock', operation, lock: name } as const;
  const { error, value } = await context.control(action, operation === 'get' ? 'unknown' : 'repeat');
  if (error !== undefined) throw error;
  return value ?? null;
}

const retryMs = 50;
