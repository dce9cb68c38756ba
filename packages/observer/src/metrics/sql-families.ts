import { counter, type Family, gauge } from '@sealane/metrics';
import type { ProcessRow } from '../mysql-front/index.ts';
import type { StatementFigures } from './statement-figures.ts';

export interface SqlFigures {
  readonly tenants: readonly { readonly id: number; readonly name: string }[];
  readonly statements: StatementFigures;
  readonly sessions: readonly Pick<ProcessRow, 'tls' | 'tenant'>[];
  /** Attempts to log in by the error number they were answered with, 0 for those that got in. */
  readonly logins: readonly (readonly [errno: string, count: number])[];
}

/** What clients ask this node, and what becomes of it. */
export function sqlFamilies({ tenants, statements, sessions, logins }: SqlFigures): readonly Family[] {
  const each = tenants.flatMap(({ id, name }) => {
    const of = statements.tenant(id);
    return of === undefined ? [] : [{ tenant: name, ...of }];
  });
  return [
    gauge('sealane_sessions', 'Sessions of clients by tenant and mode.', sessionSamples(sessions)),
    counter(
      'sealane_logins_total',
      'Attempts to log in by verdict; code is the error number the client was told, 0 for none.',
      logins.map(([code, value]) => ({
        labels: { verdict: code === '0' ? 'accepted' : 'refused', code },
        value,
      })),
    ),
    counter(
      'sealane_statements_total',
      'Statements of clients by kind, failed ones included.',
      each.flatMap(({ tenant, kinds }) =>
        Object.entries(kinds).map(([kind, { count }]) => ({ labels: { tenant, kind }, value: count })),
      ),
    ),
    counter(
      'sealane_statement_failures_total',
      'Statements that failed, by the error number the client was told.',
      each.flatMap(({ tenant, failures }) =>
        failures.entries().map(([code, value]) => ({ labels: { tenant, code }, value })),
      ),
    ),
    {
      name: 'sealane_statement_seconds',
      help: 'From a statement to its answer, or to the first rows of one that comes in pieces.',
      type: 'histogram',
      samples: statements.latencies(),
    },
  ];
}

function sessionSamples(sessions: SqlFigures['sessions']) {
  const modes = Map.groupBy(sessions, ({ tls, tenant }) =>
    JSON.stringify([tenant, tls === undefined ? 'PLAIN' : 'ENCRYPTED']),
  );
  return [...modes].map(([key, { length }]) => {
    const [tenant, mode] = JSON.parse(key) as [string, string];
    return { labels: { tenant, mode }, value: length };
  });
}
