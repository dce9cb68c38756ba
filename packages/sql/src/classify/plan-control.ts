import { ObError } from '@sealane/errors';
import type { Expression, Statement } from '../ast.ts';
import { literalValue } from '../literal-value.ts';
import type { SessionPlan, TransactionPlan } from '../plan.ts';

/**
 * Plans what concerns the session, its transaction or the cluster, and reads nothing.
 * @returns undefined if the statement isn't one of these. @throws 1235 for what we don't have
 */
export function planControl(statement: Statement): TransactionPlan | SessionPlan | undefined {
  switch (statement.kind) {
    case 'begin':
      return {
        kind: 'transaction',
        action: {
          name: 'begin',
          readOnly: statement.readOnly ?? false,
          snapshot: statement.consistentSnapshot,
        },
      };
    case 'commit':
    case 'rollback': {
      const { kind: name, chain = false, release = false } = statement;
      return { kind: 'transaction', action: { name, chain, release } };
    }
    case 'savepoint':
    case 'rollback-to':
      return { kind: 'transaction', action: { name: statement.kind, savepoint: statement.name } };
    case 'release-savepoint':
      return { kind: 'transaction', action: { name: 'release', savepoint: statement.name } };
    case 'use':
      return session({ name: 'use', database: statement.database.toLowerCase() });
    case 'prepare': {
      const { source } = statement;
      const text = source.kind === 'text' ? source.text : { variable: source.name.toLowerCase() };
      return session({ name: 'prepare', statement: statement.name.toLowerCase(), text });
    }
    case 'execute': {
      const variables = statement.using.map((name) => name.toLowerCase());
      return session({ name: 'execute', statement: statement.name.toLowerCase(), variables });
    }
    case 'deallocate':
      return session({ name: 'deallocate', statement: statement.name.toLowerCase() });
    case 'kill':
      return session({ name: 'kill', connectionId: killId(statement.id), queryOnly: statement.queryOnly });
    case 'alter-system-kill-session':
      return session({ name: 'kill', connectionId: statement.sessionId, queryOnly: false });
    case 'lock-tables':
    case 'unlock-tables':
    case 'flush':
      return session({ name: 'nothing' });
    case 'empty':
      throw new ObError('OB_ERR_EMPTY_QUERY');
    default:
      return undefined;
  }
}

function session(action: SessionPlan['action']): SessionPlan {
  return { kind: 'session', action };
}

/** KILL takes a number. @throws 1064's cousin 1210 for anything else */
function killId(expression: Expression): bigint {
  const value = literalValue(expression);
  if (typeof value === 'bigint') return value;
  if (typeof value === 'string' && /^\d+$/.test(value)) return BigInt(value);
  throw new ObError('OB_INVALID_ARGUMENT', ['KILL']);
}
