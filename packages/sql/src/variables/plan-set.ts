import { ObError } from '@sealane/errors';
import type { Expression, ParsedStatement, SetItem } from '../ast.ts';
import type { SelectPlanner } from '../ddl/select-planner.ts';
import { withParameters } from '../derived-context.ts';
import { sourceOf } from '../expression-source.ts';
import { literalValue } from '../literal-value.ts';
import type { ExecutionContext, PlanEnvironment, QueryPlan, SetPlan } from '../plan.ts';
import { changeVariables } from '../session-state.ts';
import type { CellValue } from '../values.ts';
import type { VirtualTableDefinition } from '../virtual-table.ts';
import { assignSystemVariable, type GlobalAssignment, resetSystemVariable } from './assign.ts';
import { setCharacterSet, setNames } from './character-sets.ts';

/** One assignment of a SET statement: changes the session, or answers what is to change globally. */
type Step = (context: ExecutionContext) => readonly GlobalAssignment[];

/** How an assignment gets its value; undefined: DEFAULT. */
type Evaluate = (context: ExecutionContext) => CellValue | undefined;

/** Plans SET, SET NAMES and SET TRANSACTION. @returns undefined for any other statement */
export function planSet(
  parsed: ParsedStatement,
  environment: PlanEnvironment,
  planner: SelectPlanner,
): SetPlan | undefined {
  const { statement, text } = parsed;
  if (statement.kind === 'set-transaction') return planSetTransaction(statement);
  if (statement.kind !== 'set') return undefined;
  const queries: QueryPlan[] = [];
  const evaluate = (expression: Expression): Evaluate =>
    evaluatorOf(expression, text, environment, planner, queries);
  const steps = statement.items.map((item) => stepOf(item, evaluate));
  return planOf(steps, queries);
}

function planOf(steps: readonly Step[], queries: readonly QueryPlan[]): SetPlan {
  const virtualTables = new Set<VirtualTableDefinition>(queries.flatMap((query) => query.virtualTables));
  return {
    kind: 'set',
    readsTables: queries.some((query) => query.readsTables),
    virtualTables: [...virtualTables],
    requires: queries.flatMap((query) => query.requires ?? []),
    run: (context) => ({ global: steps.flatMap((step) => step(context)) }),
  };
}

function stepOf(item: SetItem, evaluate: (expression: Expression) => Evaluate): Step {
  switch (item.kind) {
    case 'user-variable': {
      const value = evaluate(item.value);
      return (context) => {
        context.session.userVariables[item.name.toLowerCase()] = value(context) ?? null;
        return [];
      };
    }
    case 'system-variable': {
      const value = item.value.kind === 'default' ? () => undefined : wordOr(item.value, evaluate);
      return (context) => {
        const given = value(context);
        if (given === undefined) return resetSystemVariable(item, context);
        return assignSystemVariable({ ...item, value: given }, context);
      };
    }
    case 'names':
      return (context) => setNames(item, context);
    case 'character-set':
      return (context) => setCharacterSet(item.charset, context);
  }
}

/** A bare word is its own value: SET sql_mode = ansi. */
function wordOr(expression: Expression, evaluate: (expression: Expression) => Evaluate): Evaluate {
  if (expression.kind === 'column' && expression.table === undefined) {
    const { name } = expression;
    return () => name;
  }
  return evaluate(expression);
}

function evaluatorOf(
  expression: Expression,
  text: string,
  environment: PlanEnvironment,
  planner: SelectPlanner,
  queries: QueryPlan[],
): Evaluate {
  const constant = literalValue(expression);
  if (constant !== undefined) return () => constant;
  if (expression.kind === 'user-variable') {
    const name = expression.name.toLowerCase();
    return ({ session }) => session.userVariables[name] ?? null;
  }
  if (expression.kind === 'parameter') {
    const { index } = expression;
    return ({ parameters }) => parameters[index] ?? null;
  }
  const plan = planner.plan(`SELECT ${sourceOf(expression, text)}`, environment);
  if (plan.kind !== 'query') throw new ObError('OB_NOT_SUPPORTED', ['this value in SET']);
  queries.push(plan);
  const range = parameterRange(expression);
  return (context) => answerOf(plan, withParameters(context, context.parameters.slice(...range)));
}

function answerOf(plan: QueryPlan, context: ExecutionContext): CellValue {
  const result = plan.run(context);
  if (result.kind !== 'rows') return null;
  const [row] = result.rows;
  if (row !== undefined && row.length !== 1) throw new ObError('OB_ERR_INVALID_COLUMN_NUM', [1]);
  return row?.[0] ?? null;
}

/** The `?` of the whole statement that stand in this expression: they follow each other. */
function parameterRange(expression: Expression): [from: number, to: number] {
  let from = Number.POSITIVE_INFINITY;
  let to = 0;
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null || node instanceof Uint8Array) return;
    if ('kind' in node && node.kind === 'parameter' && 'index' in node && typeof node.index === 'number') {
      from = Math.min(from, node.index);
      to = Math.max(to, node.index + 1);
    }
    for (const child of Object.values(node)) visit(child);
  };
  visit(expression);
  return [Math.min(from, to), to];
}

interface TransactionCharacteristics {
  readonly scope: 'session' | 'global' | undefined;
  readonly isolation: string | undefined;
  readonly readOnly: boolean | undefined;
}

/** Without a scope it is for the next transaction only: the session keeps that under these names. */
export const nextTransaction = {
  isolation: '__next_transaction_isolation',
  readOnly: '__next_transaction_read_only',
} as const;

function planSetTransaction({ scope, isolation, readOnly }: TransactionCharacteristics): SetPlan {
  const level = isolation?.replace(' ', '-');
  return planOf(
    [
      (context) => {
        if (scope === undefined) return setNextTransaction(level, readOnly, context);
        const levels = level === undefined ? [] : [{ scope, name: 'transaction_isolation', value: level }];
        const modes =
          readOnly === undefined ? [] : [{ scope, name: 'transaction_read_only', value: readOnly ? 1n : 0n }];
        return [...levels, ...modes].flatMap((item) => assignSystemVariable(item, context));
      },
    ],
    [],
  );
}

function setNextTransaction(
  level: string | undefined,
  readOnly: boolean | undefined,
  { session }: ExecutionContext,
): readonly GlobalAssignment[] {
  if (level !== undefined) changeVariables(session, { [nextTransaction.isolation]: level });
  if (readOnly !== undefined) changeVariables(session, { [nextTransaction.readOnly]: readOnly ? 1n : 0n });
  return [];
}
