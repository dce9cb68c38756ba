import type { ClusterView } from '../cluster-view.ts';
import type { SqlAccess } from '../sql-access.ts';
import { type Finding, fault, good, watched } from './finding.ts';
import type { Survey } from './survey.ts';

/** A row of DBA_OB_TLS_READINESS: somebody whose last visit was in clear. */
export interface LockedOut {
  /** USER, HOST or DRIVER. */
  readonly kind: string;
  readonly tenant: string;
  readonly name: string;
  readonly reason: string;
  readonly advice: string;
}

/** More names than this make no message. */
const NAMES_MAX = 8;
const LOCKED_OUT_SQL = `SELECT KIND, TENANT, NAME, REASON, ADVICE FROM oceanbase.DBA_OB_TLS_READINESS
  WHERE KIND = 'USER' AND LOCKED_OUT_BY LIKE '%ENCRYPTION%'`;

export async function readLockedOut(view: ClusterView, sql: SqlAccess): Promise<Survey['lockedOut']> {
  try {
    const rows = await sql.ask(view, LOCKED_OUT_SQL);
    return rows.map(([kind, tenant, name, reason, advice]) => ({
      kind: kind ?? '',
      tenant: tenant ?? '',
      name: name ?? '',
      reason: reason ?? '',
      advice: advice ?? '',
    }));
  } catch (error) {
    return { unread: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * Who would be refused if clear text were refused. While TLS isn't offered everybody comes in clear, which says nothing of what
 * they could do.
 *
 * @param requires  whether this run is going to refuse clear text
 */
export function readinessFindings({ view, lockedOut }: Survey, requires: boolean): readonly Finding[] {
  if ('unread' in lockedOut) {
    const what = `who comes in clear can't be asked: ${lockedOut.unread}`;
    return [watched('cluster', what, 'SELECT * FROM oceanbase.DBA_OB_TLS_READINESS')];
  }
  if (lockedOut.length === 0) return [good('cluster', 'nobody was seen who would be locked out by require')];
  const offered = view.nodes.every(({ answer }) => answer?.tls.enabled === true);
  const who = namesOf(lockedOut);
  if (!offered) {
    const what = `${who} come in clear, since no TLS is offered yet`;
    return [watched('cluster', what, 'look again after the rung allow, and before anything is required')];
  }
  return lockedOut.map(({ tenant, name, reason, advice }) => {
    const what = `'${name}'@${tenant} would be locked out by require: ${reason}`;
    return requires ? fault('cluster', what, advice) : watched('cluster', what, advice);
  });
}

function namesOf(lockedOut: readonly LockedOut[]): string {
  const names = lockedOut.map(({ tenant, name }) => `'${name}'@${tenant}`);
  const more = names.length - NAMES_MAX;
  return `${names.slice(0, NAMES_MAX).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
