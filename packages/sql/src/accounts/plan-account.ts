import type { Statement } from '../ast.ts';
import type { Compiled } from '../ddl/compiled.ts';
import type { DdlPlan, ExecutionContext } from '../plan.ts';
import { createUser } from './create-user.ts';
import { dropUser } from './drop-user.ts';

/**
 * Plans a statement on accounts, roles or grants. As with the schema, the leader compiles it when nobody else can
 * change them, and what comes out runs in one entry: all accounts of a statement, or none.
 * @returns undefined if the statement isn't one of these
 */
export function planAccount(statement: Statement): DdlPlan | undefined {
  const compile = compilerOf(statement);
  return compile === undefined ? undefined : { kind: 'ddl', compile };
}

function compilerOf(statement: Statement): ((context: ExecutionContext) => Compiled) | undefined {
  switch (statement.kind) {
    case 'create-user':
      return (context) => createUser(statement, context);
    case 'drop-user':
      return (context) => dropUser(statement, context);
    default:
      return undefined;
  }
}
