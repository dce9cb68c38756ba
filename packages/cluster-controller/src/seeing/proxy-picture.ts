import type { LinkRow, ProxyView } from '../cluster-view.ts';
import type { ProxyPicture, SessionCounts } from './snapshot.ts';

export function proxyPicture({ name, host, port, process, answer, unreachable }: ProxyView): ProxyPicture {
  const counts = (direction: 'IN' | 'OUT') => {
    return answer === undefined
      ? null
      : countsOf(answer.links.filter((link) => link.direction === direction));
  };
  return {
    name,
    address: `${host}:${port}`,
    pid: process.pid ?? null,
    running: process.running,
    front: counts('IN'),
    back: counts('OUT'),
    servers: serversOf(answer?.links ?? []),
    trouble: process.running ? (unreachable ?? null) : null,
  };
}

function serversOf(links: readonly LinkRow[]): Readonly<Record<string, SessionCounts>> {
  const known = links.filter(({ direction, peerServer }) => direction === 'OUT' && peerServer !== undefined);
  const groups = Map.groupBy(known, ({ peerServer }) => String(peerServer));
  return Object.fromEntries([...groups].map(([server, each]) => [server, countsOf(each)]));
}

function countsOf(links: readonly LinkRow[]): SessionCounts {
  const encrypted = links.filter(({ mode }) => mode === 'ENCRYPTED').length;
  return { plain: links.length - encrypted, encrypted };
}
