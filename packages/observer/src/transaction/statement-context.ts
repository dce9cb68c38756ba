import type {
  Catalog,
  CellValue,
  ExecutionContext,
  PlanEnvironment,
  SessionState,
  SqlHandle,
  VirtualTableDefinition,
  Warning,
} from '@sealane/sql';
import { passwordHasher } from '../accounts/password-hasher.ts';
import type { StatementServices, TenantView } from './services.ts';

/** Most warnings kept for SHOW WARNINGS; further ones are counted. */
const warningsMax = 64;

/** What one statement raised beside its result. */
export class StatementWarnings {
  readonly kept: Warning[] = [];
  count = 0;

  add(level: Warning['level'], errno: number, message: string): void {
    this.count++;
    if (this.kept.length < warningsMax) this.kept.push({ level, errno, message });
  }
}

/** A session's view of variables: its own value, the node's, the tenant's. */
export function variableReader(
  node: TenantView,
  services: Pick<StatementServices, 'nodeVariable'>,
  state: SessionState,
): (name: string, scope: 'session' | 'global') => CellValue | undefined {
  return (name, scope) => {
    const folded = name.toLowerCase();
    if (scope === 'session') {
      const own = state.variables[folded];
      if (own !== undefined) return own;
      const told = sessionFacts[folded]?.(state);
      if (told !== undefined) return told;
    }
    return services.nodeVariable(folded) ?? node.globalVariable(folded);
  };
}

/** Variables that say how the session stands. */
const sessionFacts: Readonly<Record<string, (state: SessionState) => CellValue>> = {
  last_insert_id: (state) => state.lastInsertId,
  identity: (state) => state.lastInsertId,
  warning_count: (state) => BigInt(state.warnings.length),
  error_count: (state) => BigInt(state.warnings.filter(({ level }) => level === 'Error').length),
  pseudo_thread_id: (state) => BigInt(state.connectionId),
};

export function planEnvironment(
  node: TenantView,
  services: Pick<StatementServices, 'nodeVariable' | 'virtualTables'>,
  state: SessionState,
): PlanEnvironment {
  return {
    catalog: node.catalog(),
    session: state,
    virtualTable: (database, name) => virtualTableIn(services.virtualTables, database, name),
    virtualTables: () => services.virtualTables,
    variable: variableReader(node, services, state),
  };
}

function virtualTableIn(
  definitions: readonly VirtualTableDefinition[],
  database: string,
  name: string,
): VirtualTableDefinition | undefined {
  const [wantedDatabase, wantedName] = [database.toLowerCase(), name.toLowerCase()];
  return definitions.find(
    (each) => each.database === wantedDatabase && each.name.toLowerCase() === wantedName,
  );
}

export function executionContext(
  node: TenantView,
  services: Pick<StatementServices, 'nodeVariable' | 'privileges'>,
  run: {
    readonly handle: SqlHandle;
    readonly state: SessionState;
    readonly parameters: readonly CellValue[];
    readonly warnings: StatementWarnings;
    readonly catalog?: Catalog;
    readonly nowUs?: bigint;
    readonly checkpoint?: () => void;
  },
): ExecutionContext {
  const { handle, state, parameters, warnings, catalog = node.catalog(), checkpoint } = run;
  const counters = node.autoIncrement;
  return {
    handle,
    catalog,
    session: state,
    parameters,
    nowUs: run.nowUs ?? BigInt(Date.now()) * 1000n,
    variable: variableReader(node, services, state),
    nextAutoIncrement: (database, table, count) => counters.take(handle, catalog, { database, table }, count),
    observeAutoIncrement: (database, table, value) =>
      counters.observe(handle, catalog, { database, table }, value),
    warn: (level, errno, message) => warnings.add(level, errno, message),
    visibility: () => services.privileges?.visibility(node, state),
    passwords: passwordHasher,
    ...(checkpoint === undefined ? {} : { checkpoint }),
  };
}
