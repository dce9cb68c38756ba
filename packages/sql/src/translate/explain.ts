import type { ExplainStatement, Statement } from '../ast.ts';
import { withExecution } from '../functions/execution-scope.ts';
import type { PlanEnvironment, QueryPlan } from '../plan.ts';
import type { ResultColumn } from '../result.ts';
import type { SqlType } from '../sql-type.ts';
import type { CellValue } from '../values.ts';
import { isQuery } from './query-kind.ts';
import { bindValues, prepareQuery } from './query-plan.ts';
import { notSupported } from './statement.ts';
import { Variants } from './variants.ts';

const titles = ['id', 'parent', 'operator'] as const;

/** EXPLAIN of a query: the steps of the plan that SQLite makes for its translation. */
export function planExplain(
  node: ExplainStatement<Statement>,
  text: string,
  environment: PlanEnvironment,
  parameterCount: number,
): QueryPlan {
  const { statement } = node;
  if (statement === undefined || !isQuery(statement)) throw notSupported('EXPLAIN of this statement');
  const variants = new Variants({
    statement,
    text,
    environment,
    translate: (translation) => prepareQuery(statement, translation),
  });
  const { translation } = variants.first(parameterCount);
  return {
    kind: 'query',
    readsTables: translation.readsTables,
    virtualTables: [...translation.virtualTables],
    locking: false,
    weakRead: false,
    run: (context) =>
      withExecution(context, () => {
        const { sql, binds } = variants.of(context);
        const steps = context.handle.all(`EXPLAIN QUERY PLAN ${sql}`, bindValues(binds, context));
        const rows = steps.map((step): CellValue[] => [
          step[0] ?? null,
          step[1] ?? null,
          mysqlNames(String(step[3])),
        ]);
        return { kind: 'rows', columns: explainColumns, rows };
      }),
  };
}

const text: SqlType = { name: 'varchar', length: 512, charset: 'utf8mb4', collation: 'utf8mb4_general_ci' };

const explainColumns: readonly ResultColumn[] = titles.map((name) => ({
  database: '',
  table: '',
  originalTable: '',
  name,
  originalName: '',
  type: name === 'operator' ? text : { name: 'bigint', length: 20 },
  nullable: false,
}));

/** Indexes are called `d.t.index` in SQLite. */
function mysqlNames(step: string): string {
  return step.replace(/sqlite_autoindex_[^ ]+/g, 'PRIMARY');
}
