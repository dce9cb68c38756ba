import { isObError, ObError } from '@sealane/errors';
import { type DigestAnswer, pcodes, type ViewAnswer } from '@sealane/ob-rpc';
import type { AdminLink } from './admin-link.ts';

/** Opens a link to another server of the cluster. */
export type Connect = (host: string, port: number) => AdminLink;

export interface Comparison {
  readonly answer: ViewAnswer;
  /** All replicas answered, and are equal. */
  readonly equal: boolean;
}

interface Replica {
  readonly server: string;
  readonly link: AdminLink;
}

/** While clients write, the LSN to look at must lie ahead of all replicas: so far ahead, attempt by attempt. */
const LEADS = [0, 20, 200, 2_000];
const TIMEOUT_MS = 20_000;

/**
 * Asks every replica of a tenant what its tables come to behind the same entry of the log, whatever is written meanwhile.
 *
 * @throws ObError OB_STATE_NOT_MATCH when there was no such entry; what a server says
 */
export async function compareReplicas(
  link: AdminLink,
  tenantId: number,
  connect: Connect,
): Promise<Comparison> {
  const replicas = (await serversOf(link)).map(({ host, port }) => ({
    server: `${host}:${port}`,
    link: connect(host, port),
  }));
  try {
    for (const lead of LEADS) {
      const lsn = (await endOf(replicas, tenantId)) + lead;
      const answers = await Promise.allSettled(replicas.map((replica) => digest(replica, tenantId, lsn)));
      if (!answers.some(isTooLate)) return compared(replicas, lsn, answers);
    }
    throw new ObError('OB_STATE_NOT_MATCH', [], {
      message: 'the replicas were never seen at the same LSN: too much is being written; try again',
    });
  } finally {
    await Promise.all(replicas.map((replica) => replica.link.close()));
  }
}

async function serversOf(link: AdminLink): Promise<readonly { host: string; port: number }[]> {
  const { columns, rows } = await link.readView('DBA_OB_SERVERS');
  const [ip, port] = [columns.indexOf('SVR_IP'), columns.indexOf('SVR_PORT')];
  return rows.map((row) => ({ host: String(row[ip]), port: Number(row[port]) }));
}

/** The newest entry that any of them has. */
async function endOf(replicas: readonly Replica[], tenantId: number): Promise<number> {
  const ends = await Promise.all(
    replicas.map(async ({ link }) => {
      const { columns, rows } = await link
        .readView('V$OB_LOG_STAT')
        .catch((): ViewAnswer => ({ columns: [], rows: [] }));
      const row = rows.find((each) => Number(each[columns.indexOf('TENANT_ID')]) === tenantId);
      return row === undefined ? 0 : Number(row[columns.indexOf('END_LSN')]);
    }),
  );
  const end = Math.max(...ends);
  if (end > 0) return end;
  throw new ObError('OB_TENANT_NOT_EXIST', [], { message: `no server has a replica of tenant ${tenantId}` });
}

async function digest({ link }: Replica, tenantId: number, lsn: number): Promise<DigestAnswer> {
  return (await link.call(
    pcodes.REPLICA_DIGEST,
    { lsn, timeoutMs: TIMEOUT_MS },
    tenantId,
    2 * TIMEOUT_MS,
  )) as DigestAnswer;
}

/** It had more already, or the LSN lay too far ahead: another one may do. */
function isTooLate(answer: PromiseSettledResult<DigestAnswer>): boolean {
  return answer.status === 'rejected' && isObError(answer.reason, 'OB_STATE_NOT_MATCH');
}

function compared(
  replicas: readonly Replica[],
  lsn: number,
  answers: readonly PromiseSettledResult<DigestAnswer>[],
): Comparison {
  const digests = answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : undefined));
  const common = mostCommon(digests.flatMap((each) => each?.digest ?? []));
  const columns = ['SERVER', 'LSN', 'VERDICT', 'TABLE', 'TABLE_ROWS', 'CHECKSUM'];
  const usual = digests.find((each) => each?.digest === common);
  const rows = replicas.flatMap(({ server }, at): (readonly unknown[])[] => {
    const answer = digests[at];
    if (answer === undefined) return [[server, lsn, `no answer: ${reasonOf(answers[at])}`, null, null, null]];
    if (answer.digest === common) return [[server, lsn, 'equal', null, null, short(answer.digest)]];
    return differing(answer, usual).map(({ name, rowCount, digest }) => [
      ...[server, lsn, 'differs', name, rowCount],
      short(digest),
    ]);
  });
  return { answer: { columns, rows }, equal: digests.every((each) => each?.digest === common) };
}

/** The tables that are the difference; the schema, where the tables are equal. */
function differing(answer: DigestAnswer, usual: DigestAnswer | undefined): DigestAnswer['tables'] {
  const known = new Map(usual?.tables.map(({ name, digest }) => [name, digest]));
  const tables = answer.tables.filter(({ name, digest }) => known.get(name) !== digest);
  const missing = [...known.keys()].filter((name) => !answer.tables.some((table) => table.name === name));
  const found = [
    ...tables,
    ...missing.map((name) => ({ name: `${name} (not there)`, rowCount: 0, digest: '' })),
  ];
  return found.length > 0 ? found : [{ name: '(schema)', rowCount: 0, digest: answer.digest }];
}

function mostCommon(digests: readonly string[]): string | undefined {
  const counts = Map.groupBy(digests, (digest) => digest);
  return [...counts.values()].toSorted((a, b) => b.length - a.length)[0]?.[0];
}

function reasonOf(answer: PromiseSettledResult<DigestAnswer> | undefined): string {
  if (answer?.status !== 'rejected') return '';
  return answer.reason instanceof Error ? answer.reason.message : String(answer.reason);
}

function short(digest: string): string {
  return digest.slice(0, 16);
}
