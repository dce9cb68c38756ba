import { ObError } from '@sealane/errors';
import type { Statement } from '../ast.ts';
import type { Compiled } from '../ddl/compiled.ts';
import type { DdlPlan, ExecutionContext, PlanEnvironment, SetPlan } from '../plan.ts';
import { alterUser } from './alter-user.ts';
import { createRole } from './create-role.ts';
import { createUser } from './create-user.ts';
import { setDefaultRole } from './default-roles.ts';
import { dropAccounts } from './drop-user.ts';
import { grant } from './grant.ts';
import { grantRole, revokeRole } from './grant-role.ts';
import { renameUser } from './rename-user.ts';
import { revoke } from './revoke.ts';
import { setPassword } from './set-password.ts';
import { planSetRole } from './set-role.ts';

/**
 * Plans a statement on accounts, roles or grants. As with the schema, the leader compiles it when nobody else can
 * change them, and what comes out runs in one entry: all accounts of a statement, or none.
 * @returns undefined if the statement isn't one of these
 */
export function planAccount(
  statement: Statement,
  environment: PlanEnvironment,
): DdlPlan | SetPlan | undefined {
  if (statement.kind === 'set-role') return planSetRole(statement);
  const compile = compilerOf(statement, environment);
  return compile === undefined ? undefined : { kind: 'ddl', compile };
}

function compilerOf(
  statement: Statement,
  environment: PlanEnvironment,
): ((context: ExecutionContext) => Compiled) | undefined {
  switch (statement.kind) {
    case 'create-user':
      return (context) => createUser(statement, context);
    case 'alter-user':
      return (context) => alterUser(statement, context);
    case 'drop-user': {
      const { accounts: names, ifExists } = statement;
      return (context) => dropAccounts('DROP USER', { names, ifExists }, context);
    }
    case 'rename-user':
      return (context) => renameUser(statement, context);
    case 'set-password':
      return (context) => setPassword(statement, context);
    case 'create-role':
      return (context) => createRole(statement, context);
    case 'drop-role': {
      const { roles: names, ifExists } = statement;
      return (context) => dropAccounts('DROP ROLE', { names, ifExists }, context);
    }
    case 'grant':
      return (context) => grant(statement, context, environment);
    case 'grant-role':
      return (context) => grantRole(statement, context);
    case 'revoke':
      return (context) => revoke(statement, context);
    case 'revoke-role':
      return (context) => revokeRole(statement, context);
    case 'set-default-role':
      return (context) => setDefaultRole(statement, context);
    case 'grant-proxy':
    case 'revoke-proxy':
      throw new ObError('OB_NOT_SUPPORTED', ['PROXY']);
    default:
      return undefined;
  }
}
