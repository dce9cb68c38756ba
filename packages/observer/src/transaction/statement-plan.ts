import type { Plan, SessionState, SqlHandle, VirtualRows, VirtualTableDefinition } from '@sealane/sql';
import type { ParsedText } from '../session/sql-engine.ts';
import type { TenantNode } from '../tenant/tenant-node.ts';
import { copyState } from './requests.ts';
import type { PlanKey, StatementServices } from './services.ts';
import { settingsOf } from './session-settings.ts';
import { planEnvironment } from './statement-context.ts';

/** Plans a statement, or takes the plan of an equal one. Whether it may run is another question. */
export function planFor(
  parsed: ParsedText,
  node: TenantNode,
  services: StatementServices,
  state: SessionState,
): Plan {
  try {
    return planned(parsed, node, services, state);
  } catch (error) {
    throw services.privileges?.disguised(error, node, state) ?? error;
  }
}

function planned(
  parsed: ParsedText,
  node: TenantNode,
  services: StatementServices,
  state: SessionState,
): Plan {
  const { engine, planCache } = services;
  if (planCache === undefined || !isShared(parsed)) {
    return engine.plan(parsed, planEnvironment(node, services, state));
  }
  const key = planKey(parsed, node, services, state);
  const last = lastPlans.get(parsed);
  if (last !== undefined && isSameKey(last.key, key)) return last.plan;
  const known = planCache.get(key);
  if (known !== undefined) return remembered(parsed, key, known);
  // The plan keeps its environment, and outlives this statement: the session goes on to another database.
  const plan = engine.plan(parsed, planEnvironment(node, services, copyState(state)));
  if (!isReusable(plan, parsed)) return plan;
  planCache.set(key, plan);
  return remembered(parsed, key, plan);
}

/** A prepared statement is one object for all of its executions: its plan needn't be looked for among all. */
const lastPlans = new WeakMap<ParsedText, { readonly key: PlanKey; readonly plan: Plan }>();

function remembered(parsed: ParsedText, key: PlanKey, plan: Plan): Plan {
  lastPlans.set(parsed, { key, plan });
  return plan;
}

/** Of the same text. */
function isSameKey(a: PlanKey, b: PlanKey): boolean {
  const samePlace = a.tenantId === b.tenantId && a.database === b.database;
  return samePlace && a.schemaVersion === b.schemaVersion && a.sqlMode === b.sqlMode;
}

/** What SHOW answers may depend on whose session it is. */
function isReusable(plan: Plan, { statement }: ParsedText): boolean {
  if (statement.kind === 'show' || statement.kind === 'describe') return false;
  return plan.kind === 'query' || plan.kind === 'dml';
}

/** User variables have a type of their own in each session; very long texts are seldom seen twice. */
export function isShared({ text }: ParsedText): boolean {
  return text.length <= cachedTextMax && !text.includes('@');
}

const cachedTextMax = 16_384;

function planKey(
  { text }: ParsedText,
  node: TenantNode,
  services: StatementServices,
  state: SessionState,
): PlanKey {
  const { planKey } = settingsOf(node, services, state);
  return {
    tenantId: node.tenantId,
    schemaVersion: node.catalog().version,
    database: state.database,
    // A plan of the node's own session may write what no user may.
    sqlMode: state.internal === true ? `internal\n${planKey}` : planKey,
    text,
  };
}

/** Rows of the virtual tables that a statement names. */
export interface GatheredRows {
  readonly tables: readonly { readonly definition: VirtualTableDefinition; readonly rows: VirtualRows }[];
  /** Puts them where the statement looks. */
  fill(handle: SqlHandle): void;
}

/** Gathers them before the statement runs. */
export async function gatherVirtualRows(
  definitions: readonly VirtualTableDefinition[],
  node: TenantNode,
  services: StatementServices,
  state: SessionState,
): Promise<GatheredRows> {
  const tables: { definition: VirtualTableDefinition; rows: VirtualRows }[] = [];
  for (const definition of definitions) {
    const environment = planEnvironment(node, services, state);
    const visibility = services.privileges?.visibility(node, state);
    const handle = node.database.reader();
    const known = services.engine.informationRows(definition, environment, { handle, visibility });
    const rows = known ?? (await services.virtualRows(definition, state));
    tables.push({
      definition,
      rows: services.privileges?.visibleRows(definition, rows, node, state) ?? rows,
    });
  }
  return {
    tables,
    fill: (handle) => {
      for (const { definition, rows } of tables) {
        services.engine.fillVirtualTable(handle, definition, rows, state);
      }
    },
  };
}
