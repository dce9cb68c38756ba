import { ObError } from '@sealane/errors';
import type { ParsedStatement, ShowStatement } from '../ast.ts';
import { placeOf } from '../ddl/names.ts';
import type { SelectPlanner } from '../ddl/select-planner.ts';
import { sourceOf } from '../expression-source.ts';
import { globalPrivileges } from '../information-schema/privileges.ts';
import type { Plan, PlanEnvironment, QueryPlan } from '../plan.ts';
import { planDirectly } from './direct-rows.ts';
import { noRows, ownRows, titled, varchar } from './own-rows.ts';
import { showCreateUser, showGrants } from './show-account.ts';
import { showColumns, showIndex } from './show-columns.ts';
import { showCreateDatabase, showCreateTable, showCreateView } from './show-create.ts';
import { showDiagnostics, showDiagnosticsCount } from './show-diagnostics.ts';
import { type ShowQuery, showQueryText } from './show-query.ts';
import { showServer } from './show-server.ts';
import { databaseOf, showTableStatus, showTables } from './show-tables.ts';
import { planMaintenance } from './table-maintenance.ts';

/**
 * Plans SHOW, DESCRIBE, CHECK TABLE and its kin. Most are queries over information_schema and oceanbase, planned as such.
 * @returns undefined for any other statement. @throws 1235 for what we don't have
 */
export function planShow(
  parsed: ParsedStatement,
  environment: PlanEnvironment,
  planner: SelectPlanner,
): Plan | undefined {
  const { statement, text } = parsed;
  if (statement.kind === 'describe') {
    const shape = showColumns(statement.table, false, environment);
    return planQuery({ ...shape, like: statement.column }, environment, planner);
  }
  if (statement.kind === 'table-maintenance') return planMaintenance(statement, environment);
  if (statement.kind !== 'show') return undefined;
  const own = ownPlan(statement, environment);
  if (own !== undefined) return own;
  const shape = queryOf(statement, environment);
  if (shape === undefined) throw new ObError('OB_NOT_SUPPORTED', [nameOf(statement)]);
  const condition = statement.where === undefined ? undefined : sourceOf(statement.where, text);
  return planQuery({ ...shape, like: statement.like, condition }, environment, planner);
}

function planQuery(
  query: Omit<ShowQuery, 'plainBackslash'>,
  environment: PlanEnvironment,
  planner: SelectPlanner,
): Plan {
  const mode = String(environment.variable('sql_mode', 'session') ?? '');
  const full = { ...query, plainBackslash: mode.includes('NO_BACKSLASH_ESCAPES') };
  return planDirectly(full, environment, planner) ?? planner.plan(showQueryText(full), environment);
}

function queryOf(
  statement: ShowStatement,
  environment: PlanEnvironment,
): Omit<ShowQuery, 'plainBackslash'> | undefined {
  switch (statement.subject) {
    case 'tables':
      return showTables(statement, environment);
    case 'table-status':
      return showTableStatus(statement.database, environment);
    case 'columns':
      return showColumns(tableName(statement), statement.full, environment);
    case 'index':
      return showIndex(tableName(statement), environment);
    default:
      return showServer(statement, environment);
  }
}

/** SHOW COLUMNS FROM t FROM d names the database apart. */
function tableName(statement: ShowStatement): NonNullable<ShowStatement['name']> {
  const { name, database } = statement;
  if (name === undefined) throw new ObError('OB_ERR_NO_TABLES_USED');
  return { ...name, database: name.database ?? database };
}

function ownPlan(statement: ShowStatement, environment: PlanEnvironment): QueryPlan | undefined {
  switch (statement.subject) {
    case 'create-table':
      return showCreateTable(tableName(statement), environment);
    case 'create-view':
      return showCreateView(tableName(statement), environment);
    case 'create-database':
      return showCreateDatabase(statement, environment);
    case 'create-user':
      return showCreateUser(statement.account, environment);
    case 'grants':
      return showGrants(statement, environment);
    case 'warnings':
    case 'errors':
      return showDiagnostics(statement);
    case 'count-warnings':
    case 'count-errors':
      return showDiagnosticsCount(statement.subject);
    case 'privileges':
      return showPrivileges();
    case 'create-procedure':
    case 'create-function':
    case 'create-trigger':
    case 'create-event':
      return refuseMissing(statement, environment);
    default:
      return emptyPlan(statement, environment);
  }
}

/** What exists as a kind of thing, of which there are none. */
function emptyPlan(statement: ShowStatement, environment: PlanEnvironment): QueryPlan | undefined {
  const titles = emptyTitles[statement.subject];
  if (titles === undefined) return undefined;
  if (statement.database !== undefined) databaseOf(statement.database, environment);
  return noRows(titles);
}

const routineStatus =
  'Db Name Type Definer Modified Created Security_type Comment character_set_client collation_connection Database~Collation';

const emptyTitles: Partial<Record<ShowStatement['subject'], string>> = {
  'open-tables': 'Database Table In_use# Name_locked#',
  triggers:
    'Trigger Event Table Statement Timing Created sql_mode Definer character_set_client collation_connection Database~Collation',
  events:
    'Db Name Definer Time~zone Type Execute~at Interval~value Interval~field Starts Ends Status Originator# character_set_client collation_connection Database~Collation',
  'procedure-status': routineStatus,
  'function-status': routineStatus,
  profiles: 'Query_ID# Duration Query',
  profile: 'Status Duration',
  tablegroups: 'Tablegroup_name Table_name Database_name Sharding',
  recyclebin: 'OBJECT_NAME ORIGINAL_NAME TYPE CREATETIME',
};

function showPrivileges(): QueryPlan {
  const columns = [
    titled('Privilege', varchar(25)),
    titled('Context', varchar(15)),
    titled('Comment', varchar(80)),
  ];
  return ownRows(columns, () =>
    globalPrivileges.map(({ privilege, context, comment }) => [privilege, context, comment]),
  );
}

/** There are no routines, triggers and events: each name is unknown. @throws 1305, 1360, 1539 */
function refuseMissing(statement: ShowStatement, environment: PlanEnvironment): never {
  const name = tableName(statement);
  switch (statement.subject) {
    case 'create-trigger':
      throw new ObError('ER_TRG_DOES_NOT_EXIST');
    case 'create-event':
      throw new ObError('ER_EVENT_DOES_NOT_EXIST', [name.name]);
    default: {
      const place = placeOf(name, environment);
      const kind = statement.subject === 'create-procedure' ? 'PROCEDURE' : 'FUNCTION';
      throw new ObError('OB_ERR_SP_DOES_NOT_EXIST', [kind, `${place.database}.${name.name}`]);
    }
  }
}

function nameOf(statement: ShowStatement): string {
  return `SHOW ${statement.subject.replaceAll('-', ' ').toUpperCase()}`;
}
