import { ObError } from '@sealane/errors';
import {
  accountViewRows,
  accountViews,
  buildCatalog,
  type CellValue,
  catalogQuery,
  checkPrivileges,
  effectiveGrants,
  findVariable,
  informationSchemaRows,
  informationSchemaTables,
  initialStatements,
  loginRoles,
  noGrants,
  type ParsedStatement,
  type PlanEnvironment,
  parseScript,
  parseStatement,
  plannedColumns,
  planStatement,
  type ResultColumn,
  selectPlanner,
  sqliteAggregates,
  sqliteFunctions,
  type ViewDefinition,
} from '@sealane/sql';
import { type ConstraintFailure, StorageError } from '@sealane/storage';
import { Privileges } from '../accounts/privileges.ts';
import { fillVirtualTable } from './fill-virtual-table.ts';
import type { ParsedText, SqlEngine } from './sql-engine.ts';

/** What every SQLite handle must know. */
export interface SqlFunctions {
  readonly functions: typeof sqliteFunctions;
  readonly aggregates: typeof sqliteAggregates;
}

export const sqlFunctions: SqlFunctions = { functions: sqliteFunctions, aggregates: sqliteAggregates };

/** What runs statements, and what decides who may run which. */
export function createSqlServices(): { readonly engine: SqlEngine; readonly privileges: Privileges } {
  const rules = { effectiveGrants, loginRoles, noGrants, checkPrivileges };
  return { engine: createSqlEngine(), privileges: new Privileges(rules) };
}

/** `@sealane/sql` as sessions use it. */
export function createSqlEngine(): SqlEngine {
  return {
    *parse(text, sqlMode) {
      for (const parsed of parseScript(text, { sqlMode })) yield closed(parsed, sqlMode);
    },
    parseOne: (text, sqlMode) => closed(parseStatement(text, { sqlMode }), sqlMode),
    plan: (parsed, environment) => {
      const { statement, text, parameterCount } = parsedStatement(parsed);
      return planStatement(statement, text, environment, parameterCount);
    },
    columnsOf: plannedColumns,
    catalogQuery,
    buildCatalog,
    initialStatements,
    variableDefault: (name) => findVariable(name)?.default,
    loginVariables,
    loginRoles,
    informationSchema: [...informationSchemaTables, ...accountViews],
    informationRows: ({ database, name }, environment, { handle, visibility }) => {
      if (database === 'mysql') return accountViewRows(name, handle);
      if (database !== 'information_schema') return undefined;
      const viewColumns = (view: ViewDefinition) => columnsOfView(view, environment);
      const { catalog, session } = environment;
      return informationSchemaRows(name.toUpperCase(), {
        catalog,
        session,
        handle,
        ...(visibility === undefined ? {} : { visibility }),
        virtualTables: () => environment.virtualTables(),
        variable: (variable, scope) => environment.variable(variable, scope),
        viewColumns,
      });
    },
    fillVirtualTable,
    translateError: (error) =>
      error instanceof StorageError && error.constraint !== undefined
        ? constraintError(error.constraint)
        : error,
  };
}

/**
 * A statement's text ends with its last token, which may lie inside of an executable comment; the leader is to
 * read the same text again.
 */
function closed(parsed: ParsedStatement, sqlMode: string): ParsedStatement {
  if (!parsed.text.includes('/*!')) return parsed;
  try {
    parseStatement(parsed.text, { sqlMode });
    return parsed;
  } catch {
    return { ...parsed, text: `${parsed.text} */` };
  }
}

/** Only what `parse` and `parseOne` made comes back to `plan`. */
function parsedStatement(parsed: ParsedText): ParsedStatement {
  return parsed as ParsedStatement;
}

/** None for a view whose tables are gone, or no longer fit. */
function columnsOfView(view: ViewDefinition, environment: PlanEnvironment): readonly ResultColumn[] {
  try {
    return selectPlanner.resultColumns(view.text, environment);
  } catch (error) {
    if (error instanceof ObError) return [];
    throw error;
  }
}

/** What the translator didn't explain itself: a rule that existing rows break when DDL adds it. */
function constraintError({ kind, table, columns, index }: ConstraintFailure): ObError {
  switch (kind) {
    case 'primary-key':
    case 'unique': {
      const key = kind === 'primary-key' ? 'PRIMARY' : (index?.split('.').at(-1) ?? columns.join('-'));
      return new ObError('OB_ERR_PRIMARY_KEY_DUPLICATE', ['', key], { details: { table } });
    }
    case 'not-null':
      return new ObError('OB_BAD_NULL_ERROR', [columns.join(', ')]);
    case 'foreign-key':
      return new ObError('ER_ROW_IS_REFERENCED');
    case 'check':
      return new ObError('ER_CHECK_CONSTRAINT_VIOLATED', [index ?? '']);
  }
}

const collationsById = new Map<number, { readonly collation: string; readonly charset: string }>();

/** A client names a collation by its number; the session starts in its character set. */
function loginVariables(id: number): Readonly<Record<string, CellValue>> {
  if (collationsById.size === 0) {
    for (const [collation, charset, number] of collationRows()) {
      collationsById.set(Number(number), { collation: String(collation), charset: String(charset) });
    }
  }
  const named = collationsById.get(id);
  if (named === undefined) return {};
  const { collation, charset } = named;
  return {
    character_set_client: charset,
    character_set_connection: charset,
    character_set_results: charset,
    collation_connection: collation,
  };
}

/** information_schema.COLLATIONS needs nothing of its context. */
function collationRows(): readonly (readonly CellValue[])[] {
  const nothing = { version: 0, database: () => undefined, databases: () => [], relation: () => undefined };
  return (
    informationSchemaRows('COLLATIONS', {
      catalog: { ...nothing, relations: () => [] },
      session: emptySession,
      virtualTables: () => [],
      variable: () => undefined,
      viewColumns: () => [],
    }) ?? []
  );
}

const emptySession = {
  connectionId: 0,
  tenantId: 0,
  tenant: '',
  user: '',
  clientHost: '',
  accountHost: '',
  database: undefined,
  variables: {},
  userVariables: {},
  lastInsertId: 0n,
  rowCount: 0n,
  foundRows: 0n,
  warnings: [],
};
