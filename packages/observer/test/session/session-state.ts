import type { SessionState } from '@sealane/sql';

/** A session of root@test that has done nothing yet. */
export function sessionState(changes: Partial<SessionState> = {}): SessionState {
  return {
    connectionId: 1,
    tenantId: 1002,
    tenant: 'test',
    user: 'root',
    clientHost: '127.0.0.1',
    accountHost: '%',
    database: 'test',
    variables: {},
    userVariables: {},
    lastInsertId: 0n,
    rowCount: 0n,
    foundRows: 0n,
    warnings: [],
    ...changes,
  };
}
