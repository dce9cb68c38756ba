import { ObError } from '@sealane/errors';
import { planAccount } from './accounts/plan-account.ts';
import type { RequiredPrivilege } from './accounts/required-privilege.ts';
import { requiredPrivileges } from './accounts/required-privileges.ts';
import type { DoStatement, ParsedStatement, Query, SelectQuery, Statement } from './ast.ts';
import { planAdmin } from './classify/plan-admin.ts';
import { planControl } from './classify/plan-control.ts';
import { planDdl } from './ddl/plan-ddl.ts';
import type { SelectPlanner } from './ddl/select-planner.ts';
import { parseStatement } from './parser/script.ts';
import type { Plan, PlanEnvironment } from './plan.ts';
import type { ResultColumn } from './result.ts';
import { planShow } from './show/plan-show.ts';
import { planDelete } from './translate/dml/delete.ts';
import { planInsert } from './translate/dml/insert.ts';
import { planUpdate } from './translate/dml/update.ts';
import { planExplain } from './translate/explain.ts';
import { type PlannedQuery, planQuery } from './translate/query-plan.ts';
import { notSupported } from './translate/statement.ts';
import { planSet } from './variables/plan-set.ts';

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
    case 'insert':
    case 'replace':
      return planInsert(statement, text, environment, parameterCount);
    case 'update':
      return planUpdate(statement, text, environment, parameterCount);
    case 'delete':
      return planDelete(statement, text, environment, parameterCount);
    case 'do':
      return planDo(statement, text, environment, parameterCount);
    case 'explain':
      return planExplain(statement, text, environment, parameterCount);
    default:
      return planOther({ statement, text, parameterCount }, environment);
  }
}

/** Schema, SHOW, SET, administration and control: each has its own planner. */
function planOther(parsed: ParsedStatement, environment: PlanEnvironment): Plan {
  const plan =
    planDdl(parsed, environment, selectPlanner) ??
    planAccount(parsed.statement, environment) ??
    planShow(parsed, environment, selectPlanner) ??
    planSet(parsed, environment, selectPlanner) ??
    planControl(parsed.statement) ??
    planAdmin(parsed.statement, parsed.text);
  if (plan === undefined) throw refusal(parsed);
  return { ...plan, requires: requirementsOfOther(parsed, plan, environment) };
}

/** Of SET, those of its queries too; what SHOW reads to answer is its own affair. */
function requirementsOfOther(
  { statement, text }: ParsedStatement,
  plan: Plan,
  environment: PlanEnvironment,
): readonly RequiredPrivilege[] {
  const requiredOf = (query: Query): readonly RequiredPrivilege[] => {
    try {
      return planQuery(query, text, environment, 0).requires ?? [];
    } catch (error) {
      // It is refused when it is carried out, in better words.
      if (error instanceof ObError) return [];
      throw error;
    }
  };
  const own = requiredPrivileges(statement, environment, requiredOf);
  return statement.kind === 'set' ? [...own, ...(plan.requires ?? [])] : own;
}

/** LOAD DATA LOCAL as where local_infile is off: drivers know the number. */
function refusal({ statement, text }: ParsedStatement): ObError {
  if (statement.kind === 'load-data' && statement.local) return new ObError('ER_CUTOFF_NO_SUPPORT');
  return notSupported(statementName(text));
}

/** The first words of a statement, as 1235 names it. */
function statementName(text: string): string {
  return (/^\s*[A-Za-z_]+(?:\s+[A-Za-z_]+)?/.exec(text)?.[0] ?? text.slice(0, 20)).trim().toUpperCase();
}

/** For modules that make MySQL text and plan it. */
export const selectPlanner: SelectPlanner = {
  resultColumns(query: string, environment: PlanEnvironment): readonly ResultColumn[] {
    const plan = plannedText(query, environment);
    if (plan.kind !== 'query') throw notSupported('a statement without columns');
    return (plan as PlannedQuery).columns();
  },
  plan: plannedText,
};

function plannedText(text: string, environment: PlanEnvironment): Plan {
  const sqlMode = String(environment.variable('sql_mode', 'session') ?? '');
  const parsed = parseStatement(text, { sqlMode });
  return planStatement(parsed.statement, parsed.text, environment, parsed.parameterCount);
}

/** The columns a plan answers, as PREPARE tells them; none for what answers OK. */
export function plannedColumns(plan: Plan): readonly ResultColumn[] {
  if (plan.kind !== 'query' || !('columns' in plan)) return [];
  return (plan as PlannedQuery).columns();
}

/** DO computes and answers nothing. */
function planDo(
  statement: DoStatement,
  text: string,
  environment: PlanEnvironment,
  parameterCount: number,
): Plan {
  const { start, end } = statement;
  const query: SelectQuery = {
    kind: 'select',
    items: statement.expressions.map((expression) => ({
      expression,
      alias: undefined,
      start: expression.start,
      end: expression.end,
    })),
    with: undefined,
    orderBy: [],
    limit: undefined,
    locking: [],
    into: undefined,
    hints: undefined,
    distinct: false,
    options: [],
    from: [],
    where: undefined,
    groupBy: [],
    rollup: false,
    having: undefined,
    windows: [],
    start,
    end,
  };
  const { stream: _, ...plan } = planQuery(query, text, environment, parameterCount);
  return {
    ...plan,
    run: (context) => {
      plan.run(context);
      return { kind: 'ok', affectedRows: 0n, lastInsertId: 0n, info: '' };
    },
  };
}
