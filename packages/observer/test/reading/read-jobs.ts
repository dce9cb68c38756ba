import type { ReadJob } from '../../src/reading/read-job.ts';
import { sessionState } from '../session/session-state.ts';

/** Up to 999, as `r (i)`. */
export const numbers = 'with recursive r (i) as (select 1 union all select i + 1 from r where i < 999)';

/** A statement that takes for ever. */
export const endless = `${numbers} select count(*) from r a, r b, r c, r d`;

/** @param file the tenant's */
export function jobOf(file: string, text: string): ReadJob {
  return {
    tenantId: 1002,
    file,
    text,
    parameters: [],
    state: sessionState({ variables: { time_zone: '+00:00' }, userVariables: { a: 'mine' } }),
    nowUs: 1_700_000_000_000_000n,
    nodeVariables: {},
    virtualTables: [],
    stateNumber: 0,
  };
}
