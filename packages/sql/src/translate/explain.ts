import type { ExplainStatement, Statement } from '../ast.ts';
import { withExecution } from '../functions/execution-scope.ts';
import type { PlanEnvironment, QueryPlan } from '../plan.ts';
import type { ResultColumn } from '../result.ts';
import type { SqlType } from '../sql-type.ts';
import { prepareDelete } from './dml/delete.ts';
import { prepareInsert } from './dml/insert.ts';
import { prepareUpdate } from './dml/update.ts';
import { explainLines } from './explain-lines.ts';
import { isQuery } from './query-kind.ts';
import { explainedSteps, prepareQuery } from './query-plan.ts';
import { type FinishedSql, notSupported, type Translation } from './statement.ts';
import { requirementsOf } from './table-use.ts';
import { Variants } from './variants.ts';

/** What a statement reads, as SQLite text; undefined where it reads no table. */
interface Explained {
  readonly reading: FinishedSql | undefined;
  /** What it does with the rows: UPDATE, DELETE, INSERT; undefined for a query. */
  readonly writing: string | undefined;
  readonly translation: Translation;
}

/** EXPLAIN: the steps of the plan that SQLite makes for the translation, in OceanBase's words. Nothing is run. */
export function planExplain(
  node: ExplainStatement<Statement>,
  text: string,
  environment: PlanEnvironment,
  parameterCount: number,
): QueryPlan {
  const { statement, format } = node;
  if (statement === undefined) throw notSupported('EXPLAIN FOR CONNECTION');
  if (node.analyze) throw notSupported('EXPLAIN ANALYZE');
  if (format === 'JSON' || format === 'TREE') throw notSupported(`EXPLAIN FORMAT = ${format}`);
  const variants = new Variants({
    statement,
    text,
    environment,
    translate: (translation) => explained(statement, translation),
  });
  const { translation } = variants.first(parameterCount);
  return {
    kind: 'query',
    readsTables: translation.readsTables,
    virtualTables: [...translation.virtualTables],
    requires: requirementsOf(translation.uses),
    locking: false,
    weakRead: false,
    run: (context) =>
      withExecution(context, () => {
        const { reading, writing, translation: used } = variants.of(context);
        const steps = reading === undefined ? [] : explainedSteps(reading, used.tables, context);
        const lines = explainLines(steps, writing, used.names);
        return { kind: 'rows', columns: explainColumns, rows: lines.map((line) => [line]) };
      }),
  };
}

function explained(statement: Statement, translation: Translation): Explained {
  if (isQuery(statement))
    return { reading: prepareQuery(statement, translation), writing: undefined, translation };
  switch (statement.kind) {
    case 'update':
      return { reading: prepareUpdate(statement, translation), writing: 'UPDATE', translation };
    case 'delete':
      return { reading: prepareDelete(statement, translation), writing: 'DELETE', translation };
    case 'insert':
    case 'replace':
      return {
        reading: prepareInsert(statement, translation).rows.query,
        writing: statement.kind.toUpperCase(),
        translation,
      };
    default:
      throw notSupported('EXPLAIN of this statement');
  }
}

const text: SqlType = { name: 'varchar', length: 1024, charset: 'utf8mb4', collation: 'utf8mb4_general_ci' };

const explainColumns: readonly ResultColumn[] = [
  {
    database: '',
    table: '',
    originalTable: '',
    name: 'Query Plan',
    originalName: '',
    type: text,
    nullable: false,
  },
];
