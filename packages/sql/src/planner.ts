import type { Statement } from './ast.ts';
import type { Plan, PlanEnvironment } from './plan.ts';
import { planQuery } from './translate/query-plan.ts';
import { notSupported } from './translate/statement.ts';

/**
 * Plans one parsed statement. Pure: names and types are settled here, values when the plan runs.
 *
 * @param text the statement's own text, where its spans point
 * @param parameterCount how many `?` it has
 * @throws ObError as MySQL would at resolving: 1046, 1049, 1052, 1054, 1146 …; 1235 for what isn't supported
 */
export function planStatement(
  statement: Statement,
  text: string,
  environment: PlanEnvironment,
  parameterCount = 0,
): Plan {
  switch (statement.kind) {
    case 'select':
    case 'values':
    case 'table-query':
    case 'set-operation':
    case 'parenthesized':
      return planQuery(statement, text, environment, parameterCount);
    default:
      throw notSupported(statement.kind);
  }
}
