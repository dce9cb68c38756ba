import type {
  Account,
  Catalog,
  CellValue,
  ExecutionContext,
  Plan,
  PlanEnvironment,
  ResultColumn,
  SessionState,
  SqlHandle,
  SqlValue,
  StoredStatement,
  VirtualRows,
  VirtualTableDefinition,
  Visibility,
} from '@sealane/sql';

/** A statement as the parser hands it on; only the planner looks into `statement`. */
export interface ParsedText {
  /** The statement's own text, without the semicolon. */
  readonly text: string;
  readonly statement: { readonly kind: string };
  /** How many `?` it has. */
  readonly parameterCount: number;
}

/** What sessions and transactions need of SQL; `sql-binding.ts` makes one of `@sealane/sql`. */
export interface SqlEngine {
  /** One statement after another: a syntax error in the second is thrown when the second is asked for. */
  parse(text: string, sqlMode: string): Iterable<ParsedText>;
  /** @throws ObError 1064 if the text is more than one statement */
  parseOne(text: string, sqlMode: string): ParsedText;
  plan(parsed: ParsedText, environment: PlanEnvironment): Plan;
  /** Columns of a query's result, for COM_STMT_PREPARE; none for what answers OK. */
  columnsOf(plan: Plan): readonly ResultColumn[];
  readonly catalogQuery: string;
  buildCatalog(rows: readonly (readonly SqlValue[])[], version: number): Catalog;
  /** What a new tenant begins with. */
  initialStatements(): readonly StoredStatement[];
  /** The value a system variable is delivered with; undefined if there is no such variable. */
  variableDefault(name: string): CellValue | undefined;
  /** Roles that are active from the login on. @param all  activate_all_roles_on_login */
  loginRoles(handle: SqlHandle, account: Account, all: boolean): readonly Account[];
  /** Variables that follow from the collation a client names by its number in its login. */
  loginVariables(collation: number): Readonly<Record<string, CellValue>>;
  /** Tables of information_schema, and those of database mysql that show accounts. */
  readonly informationSchema: readonly VirtualTableDefinition[];
  /** Rows that follow from the tenant's file; undefined for a table that the node must fill. */
  informationRows(
    definition: VirtualTableDefinition,
    environment: PlanEnvironment,
    /** Left out visibility: everything is seen. */
    tenant: { readonly handle: SqlHandle; readonly visibility: Visibility | undefined },
  ): VirtualRows | undefined;
  /** Puts rows into the temporary table of a virtual table, which is made if it isn't there. */
  fillVirtualTable(
    handle: SqlHandle,
    definition: VirtualTableDefinition,
    rows: VirtualRows,
    session: SessionState,
  ): void;
  /** Makes MySQL's error of what storage threw; returns anything else as it is. */
  translateError(error: unknown, context: ExecutionContext): unknown;
}
