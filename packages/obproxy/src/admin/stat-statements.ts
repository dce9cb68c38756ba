import type { ClientTable } from '../client-table.ts';
import { ProxySession } from '../session/proxy-session.ts';
import type { Statistics } from '../statistics.ts';
import { type AdminAnswer, columnsOf } from './admin-table.ts';
import { likePattern } from './like.ts';

const columns = columnsOf('stat_name varchar(128), value bigint');

/** SHOW PROXYSTAT [LIKE]: what was counted since the start, and how many clients there are. */
export function showStatistics(
  statistics: Statistics,
  clients: ClientTable,
  like: string | undefined,
): AdminAnswer {
  const sessions = clients.list().map(({ session }) => session);
  const running = sessions.filter((session) => session instanceof ProxySession);
  const statements = running.reduce(
    (sum, { facts }) => sum + facts.commandCount,
    statistics.of('statements'),
  );
  const values = new Map<string, number>([
    ...statistics.list(),
    ['statements', statements],
    ['clients', clients.size],
  ]);
  const pattern = like === undefined ? undefined : likePattern(like);
  return { kind: 'rows', columns, rows: [...values].filter(([name]) => pattern?.test(name) !== false) };
}
