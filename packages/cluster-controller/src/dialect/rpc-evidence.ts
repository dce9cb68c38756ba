import type { LinkMode, LinkRow, Server } from '../cluster-view.ts';

/**
 * Links between servers as OceanBase lets them be seen from outside: which connections are established, by the machine that dialled,
 * and how each was accepted, by the log line of the server that did.
 */

/** What one machine says of one server. */
export interface RpcEvidence {
  /** Connections that the server's process has open, or, where the machine doesn't tell whose they are, all of it. */
  readonly dialled: readonly { readonly local: string; readonly peer: string }[];
  /** By the dialler's `ip:port`; the last line counts, since a port may be used again. */
  readonly accepted: ReadonlyMap<string, 'encrypted' | 'clear'>;
}

/** More lines than a server has connections to its RPC port, many times over. */
const LINES_MAX = 2_000;

/**
 * For a POSIX shell on the server's machine.
 *
 * @param log  the server's log, of which rotated files have longer names
 */
export function evidenceScript(log: string): string {
  const quoted = `'${log.replaceAll("'", `'\\''`)}'`;
  return [
    "printf '==> accepted\\n'",
    `cat ${quoted}.* ${quoted} 2>/dev/null | grep -a 'rpc connection accept' | tail -n ${LINES_MAX}`,
    "printf '==> sockets\\n'",
    'ss -Htnp state established',
    '',
  ].join('\n');
}

/** @param pid  of the server; others' connections are left out where the machine tells whose they are */
export function evidenceFrom(output: string, pid: number | undefined): RpcEvidence {
  const [accepted = '', sockets = ''] = output.split(/^==> \w+\n/m).slice(1);
  return {
    accepted: new Map(accepted.split('\n').flatMap((line) => acceptedIn(line) ?? [])),
    dialled: sockets.split('\n').flatMap((line) => socketIn(line, pid) ?? []),
  };
}

/** Both ends of every link between servers, put together; what no log line tells of counts as clear. */
export function linksFrom(
  evidence: ReadonlyMap<Server, RpcEvidence>,
): ReadonlyMap<Server, readonly LinkRow[]> {
  const rows = new Map<Server, LinkRow[]>([...evidence.keys()].map((server) => [server, []]));
  for (const [from, { dialled }] of evidence) {
    for (const { local, peer } of dialled) {
      const how = evidence.get(peer)?.accepted.get(local);
      if (peer === from || !evidence.has(peer)) continue;
      const mode: LinkMode = how === 'encrypted' ? 'ENCRYPTED' : 'PLAIN';
      const id = `${local} ${peer}`;
      rows.get(from)?.push(row(id, 'OUT', peer, peer, mode));
      if (how !== undefined) rows.get(peer)?.push(row(id, 'IN', from, local, mode));
    }
  }
  return rows;
}

/** `dest="10.0.0.2:40512", use_ssl=True` in OceanBase's log, `"dest":"10.0.0.2:40512","use_ssl":true` in Sealane's. */
function acceptedIn(line: string): readonly (readonly [string, 'encrypted' | 'clear'])[] | undefined {
  const dest = /\bdest"?\s*[:=]\s*"?(\d+(?:\.\d+){3}:\d+)/.exec(line)?.[1];
  const ssl = /\buse_ssl"?\s*[:=]\s*"?(true|false)/i.exec(line)?.[1];
  if (dest === undefined || ssl === undefined) return undefined;
  return [[dest, ssl.toLowerCase() === 'true' ? 'encrypted' : 'clear']];
}

/** `0 0 10.0.0.1:40512 10.0.0.2:2882 users:(("observer",pid=4711,fd=20))` */
function socketIn(line: string, pid: number | undefined): RpcEvidence['dialled'] | undefined {
  const [, , local, peer, users = ''] = line.trim().split(/\s+/);
  if (local === undefined || peer === undefined) return undefined;
  const owners = [...users.matchAll(/pid=(\d+)/g)].map(([, owner]) => Number(owner));
  if (pid !== undefined && owners.length > 0 && !owners.includes(pid)) return undefined;
  return [{ local: plainAddress(local), peer: plainAddress(peer) }];
}

/** `[::ffff:10.0.0.1]:2882` is `10.0.0.1:2882` to everybody else. */
function plainAddress(text: string): string {
  return text.replace(/^\[(?:::ffff:)?([^\]]+)\]/, '$1');
}

function row(id: string, direction: 'IN' | 'OUT', peer: Server, address: string, mode: LinkMode): LinkRow {
  return {
    ...{ linkId: id, kind: 'RPC', direction, peerAddress: address, peerServer: peer, mode },
    ...{ protocol: mode === 'ENCRYPTED' ? 'TLS' : null, cipher: null, epoch: 0, openedAt: '' },
    // Nobody counts them there.
    ...{ clearBytesIn: 0, clearBytesOut: 0, encryptedBytesIn: 0, encryptedBytesOut: 0 },
    ...{ localCertificate: undefined, peerCertificate: undefined, peerIdentity: null },
  };
}
