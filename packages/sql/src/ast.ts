import type * as account from './ast-account.ts';
import type * as dml from './ast-dml.ts';
import type * as schema from './ast-schema.ts';
import type { Query } from './ast-select.ts';
import type * as session from './ast-session.ts';
import type * as system from './ast-system.ts';
import type * as table from './ast-table.ts';

export type * from './ast-account.ts';
export type * from './ast-dml.ts';
export type * from './ast-expression.ts';
export type * from './ast-schema.ts';
export type * from './ast-select.ts';
export type * from './ast-session.ts';
export type * from './ast-system.ts';
export type * from './ast-table.ts';

/** Any statement; told apart by `kind`. A SELECT, VALUES, TABLE or set operation is a statement as it stands. */
export type Statement =
  | Query
  | dml.InsertStatement
  | dml.ReplaceStatement
  | dml.UpdateStatement
  | dml.DeleteStatement
  | dml.TruncateStatement
  | dml.LoadDataStatement
  | dml.DoStatement
  | dml.CallStatement
  | dml.HandlerStatement
  | table.CreateTableStatement
  | table.AlterTableStatement
  | table.DropTableStatement
  | table.RenameTableStatement
  | table.CreateIndexStatement
  | table.DropIndexStatement
  | schema.CreateDatabaseStatement
  | schema.AlterDatabaseStatement
  | schema.DropDatabaseStatement
  | schema.CreateViewStatement
  | schema.DropViewStatement
  | schema.CreateTriggerStatement
  | schema.CreateRoutineStatement
  | schema.CreateEventStatement
  | schema.DropObjectStatement
  | account.CreateUserStatement
  | account.AlterUserStatement
  | account.DropUserStatement
  | account.RenameUserStatement
  | account.RoleStatement
  | account.SetPasswordStatement
  | account.SetRoleStatement
  | account.GrantStatement
  | account.GrantRoleStatement
  | account.RevokeStatement
  | account.RevokeRoleStatement
  | account.ProxyStatement
  | session.SetStatement
  | session.SetTransactionStatement
  | session.ShowStatement
  | session.DescribeStatement
  | session.ExplainStatement<Statement>
  | session.UseStatement
  | session.PrepareStatement
  | session.ExecuteStatement
  | session.DeallocateStatement
  | session.BeginStatement
  | session.EndTransactionStatement
  | session.SavepointStatement
  | session.XaStatement
  | session.LockTablesStatement
  | session.UnlockTablesStatement
  | session.KillStatement
  | session.FlushStatement
  | session.TableMaintenanceStatement
  | session.ResetStatement
  | session.UnsupportedStatement
  | session.EmptyStatement
  | system.AlterSystemSetStatement
  | system.AlterSystemServerStatement
  | system.AlterSystemZoneStatement
  | system.AlterSystemFreezeStatement
  | system.AlterSystemSwitchStatement
  | system.AlterSystemBootstrapStatement
  | system.AlterSystemCommandStatement
  | system.AlterSystemKillStatement
  | system.AlterSystemRenewLinksStatement
  | system.AlterInstanceReloadTlsStatement
  | system.ResourceStatement;

export type StatementKind = Statement['kind'];

/** One statement of a script. Node offsets count in `text`. */
export interface ParsedStatement {
  /** The statement's own text, without the semicolon and white space around it. */
  readonly text: string;
  readonly statement: Statement;
  /** How many `?` it has. */
  readonly parameterCount: number;
}
