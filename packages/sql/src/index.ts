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
export type { SqliteAggregate, SqliteFunction } from './functions/definition.ts';
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
  QueryPlan,
  SessionPlan,
  SetPlan,
  StoredStatement,
  TransactionPlan,
} from './plan.ts';
export { plannedColumns, planStatement } from './planner.ts';
export type { OkResult, ResultColumn, RowsResult, StatementResult } from './result.ts';
export type { SessionState, Warning } from './session-state.ts';
export type { SqlType, TypeName } from './sql-type.ts';
export { sqliteAggregates, sqliteFunctions } from './translate/function-table.ts';
export type { CellValue, SqlHandle, SqlValue } from './values.ts';
export type { VirtualRows, VirtualTableDefinition } from './virtual-table.ts';
