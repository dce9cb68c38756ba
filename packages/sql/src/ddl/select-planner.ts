import type { Plan, PlanEnvironment } from '../plan.ts';
import type { ResultColumn } from '../result.ts';

/**
 * What DDL needs of the planner: CREATE TABLE … SELECT and CREATE VIEW hold a query. Handed in, because
 * the planner itself calls planDdl.
 */
export interface SelectPlanner {
  /** @returns the columns that a query answers. @throws what planning it throws */
  resultColumns(query: string, environment: PlanEnvironment): readonly ResultColumn[];
  /** Plans any statement. */
  plan(statement: string, environment: PlanEnvironment): Plan;
}
