import type { IndexNode, ParsedStatement, Statement } from '../ast.ts';
import type { DdlPlan, ExecutionContext, PlanEnvironment } from '../plan.ts';
import { alterTable } from './alter-table.ts';
import type { Compiled } from './compiled.ts';
import { createTable, createTableLike } from './create-table.ts';
import { createTableSelect } from './create-table-select.ts';
import { alterDatabase, createDatabase, dropDatabase } from './database.ts';
import { dropObject } from './drop-object.ts';
import { dropTable, renameTables, truncateTable } from './drop-table.ts';
import type { SelectPlanner } from './select-planner.ts';
import { createView, dropView } from './view.ts';

/**
 * Plans a statement that changes the schema. Nothing is looked up yet: the leader compiles the plan
 * when no other statement can change the catalog, with the catalog of that moment.
 * @returns undefined if the statement isn't one of these
 */
export function planDdl(
  parsed: ParsedStatement,
  environment: PlanEnvironment,
  planner: SelectPlanner,
): DdlPlan | undefined {
  const compile = compilerOf(parsed.statement, parsed.text, environment, planner);
  return compile === undefined ? undefined : { kind: 'ddl', compile, text: parsed.text };
}

type Compile = (context: ExecutionContext) => Compiled;

function compilerOf(
  statement: Statement,
  text: string,
  environment: PlanEnvironment,
  planner: SelectPlanner,
): Compile | undefined {
  const rest = { text, environment, planner };
  switch (statement.kind) {
    case 'create-database':
      return (context) => createDatabase(statement, context);
    case 'alter-database':
      return (context) => alterDatabase(statement, context);
    case 'drop-database':
      return (context) => dropDatabase(statement, context);
    case 'create-table':
      if (statement.like !== undefined) return (context) => createTableLike(statement, context);
      if (statement.query === undefined)
        return (context) => createTable(statement, text, context, environment, planner);
      return (context) => createTableSelect(statement, text, context, environment, planner);
    case 'drop-table':
      return (context) => dropTable(statement, context);
    case 'rename-table':
      return (context) => renameTables(statement.renames, context);
    case 'truncate':
      return (context) => truncateTable(statement, context);
    case 'alter-table': {
      const { table, actions } = statement;
      return (context) => alterTable({ table, actions, ifNotExists: false, ...rest }, context);
    }
    case 'create-index': {
      const { table, index, ifNotExists } = statement;
      return (context) => alterTable({ table, actions: [addIndex(index)], ifNotExists, ...rest }, context);
    }
    case 'drop-index': {
      const { table, name, ifExists } = statement;
      const action =
        name.toUpperCase() === 'PRIMARY'
          ? ({ kind: 'drop-primary-key' } as const)
          : ({ kind: 'drop-index', name, ifExists } as const);
      return (context) => alterTable({ table, actions: [action], ifNotExists: false, ...rest }, context);
    }
    case 'create-view':
      return (context) => createView(statement, text, context, environment, planner);
    case 'drop-view':
      return (context) => dropView(statement, context);
    case 'drop-object':
      return (context) => dropObject(statement, context);
    default:
      return undefined;
  }
}

function addIndex(index: IndexNode): { readonly kind: 'add-index'; readonly index: IndexNode } {
  return { kind: 'add-index', index };
}
