export type { Account } from './accounts/account-name.ts';
export { accountViewRows, accountViews } from './accounts/account-views.ts';
export { checkPrivileges, type PrivilegeHolder } from './accounts/check-privileges.ts';
export { type EffectiveGrants, effectiveGrants, noGrants } from './accounts/effective-grants.ts';
export type { AuthenticationPlugin, PasswordHasher } from './accounts/password-hasher.ts';
export type { PrivilegeName } from './accounts/privilege-list.ts';
export { missingUserColumns } from './accounts/read-users.ts';
export { redactedText } from './accounts/redacted-text.ts';
export type { RequiredPrivilege } from './accounts/required-privilege.ts';
export { loginRoles } from './accounts/role-edges.ts';
export { userListColumns, userListRows } from './accounts/user-list.ts';
export type { ParsedStatement, Statement, StatementKind } from './ast.ts';
export type {
  Catalog,
  CheckDefinition,
  ColumnDefinition,
  DatabaseDefinition,
  ForeignKeyDefinition,
  IndexDefinition,
  RelationDefinition,
  TableDefinition,
  ViewDefinition,
} from './catalog.ts';
export {
  buildCatalog,
  catalogQuery,
  catalogTable,
  initialStatements,
  type StoredTable,
} from './catalog-rows.ts';
export type { SqliteAggregate, SqliteFunction } from './functions/definition.ts';
export type { UserLockCall } from './functions/user-locks.ts';
export type { InformationContext, Visibility } from './information-schema/information-context.ts';
export { informationSchemaRows } from './information-schema/rows.ts';
export { informationSchemaTables } from './information-schema/tables.ts';
export { type ParseOptions, parseScript, parseStatement } from './parser/script.ts';
export type {
  AdminAction,
  AdminPlan,
  DdlPlan,
  DmlPlan,
  ExecutionContext,
  ParameterAssignment,
  Plan,
  PlanEnvironment,
  PlanStep,
  PlanSteps,
  QueryPlan,
  ResourceAction,
  RowStream,
  SessionPlan,
  SetPlan,
  StoredStatement,
  TransactionPlan,
} from './plan.ts';
export { plannedColumns, planStatement, selectPlanner } from './planner.ts';
export type { FollowingRows, OkResult, ResultColumn, RowsResult, StatementResult } from './result.ts';
export { changeVariables, type SessionState, type Warning } from './session-state.ts';
export { createTableText } from './show/create-table-text.ts';
export type { SqlType, TypeName } from './sql-type.ts';
export { sqliteAggregates, sqliteFunctions } from './translate/function-table.ts';
export { fromStored } from './types/from-stored.ts';
export { sqliteColumn } from './types/sqlite-column.ts';
export { type Store, type StoreRules, storeRules } from './types/store-rules.ts';
export { toStored } from './types/to-stored.ts';
export { typeText } from './types/type-text.ts';
export type { CellValue, SqlHandle, SqlValue } from './values.ts';
export { nextTransaction } from './variables/plan-set.ts';
export { findVariable, systemVariables, variableText, variableType } from './variables/system-variables.ts';
export type { SystemVariable } from './variables/variable-definition.ts';
export type { VirtualRows, VirtualTableDefinition } from './virtual-table.ts';
