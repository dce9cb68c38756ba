import type { ShowStatement, Statement, TableName } from '../ast.ts';
import type { PlanEnvironment } from '../plan.ts';
import { accountNamed, sameAccount } from './account-name.ts';
import type { RequiredPrivilege } from './required-privilege.ts';
import { onDatabase, onTable } from './required-to-define.ts';

/** SHOW and DESCRIBE: rows that aren't everybody's are left out, only what is asked for by name is refused. */
export function requiredToShow(
  statement: Statement,
  environment: PlanEnvironment,
): readonly RequiredPrivilege[] | undefined {
  if (statement.kind === 'describe') return onTable(statement.table, [], environment, 'SELECT');
  return statement.kind === 'show' ? toShow(statement, environment) : undefined;
}

function toShow(statement: ShowStatement, environment: PlanEnvironment): readonly RequiredPrivilege[] {
  const { subject, database, name } = statement;
  switch (subject) {
    case 'tables':
    case 'table-status':
    case 'open-tables':
    case 'triggers':
    case 'events': {
      const of = database ?? environment.session.database;
      return of === undefined ? [] : onDatabase(of);
    }
    case 'create-database': {
      // The parser puts a database's name where those of tables are.
      const of = database ?? name?.name;
      return of === undefined ? [] : onDatabase(of);
    }
    case 'columns':
    case 'index':
      return name === undefined
        ? []
        : onTable({ ...name, database: name.database ?? database }, [], environment, 'SELECT');
    case 'create-table':
      if (name === undefined) return [];
      // Of a view it shows what SHOW CREATE VIEW does.
      return isView(name, environment)
        ? toShowView(name, environment)
        : onTable(name, [], environment, 'SHOW');
    case 'create-view':
      return name === undefined ? [] : toShowView(name, environment);
    case 'grants':
    case 'create-user':
      return isOwn(statement, environment) ? [] : onDatabase('mysql', 'SELECT');
    case 'binary-logs':
    case 'binlog-events':
    case 'relaylog-events':
    case 'master-status':
    case 'slave-status':
    case 'slave-hosts':
      return [{ level: 'global', anyOf: ['SUPER', 'REPLICATION CLIENT'] }];
    default:
      return [];
  }
}

function toShowView(view: TableName, environment: PlanEnvironment): readonly RequiredPrivilege[] {
  return onTable(view, ['SHOW VIEW', 'SELECT'], environment);
}

function isView({ database, name }: TableName, { catalog, session }: PlanEnvironment): boolean {
  const place = database ?? session.database;
  return place !== undefined && catalog.relation(place, name)?.kind === 'view';
}

function isOwn({ account }: ShowStatement, { session }: PlanEnvironment): boolean {
  if (account === undefined) return true;
  return sameAccount(accountNamed(account, session), { user: session.user, host: session.accountHost });
}
