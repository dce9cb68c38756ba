import { randomBytes } from 'node:crypto';
import type { OwnProbe } from '../../clear-text.ts';
import type { ClusterView } from '../../cluster-view.ts';
import type { SqlAccess } from '../../sql-access.ts';
import type { TargetProxy } from '../../targets/target.ts';
import { type Capture, judgeCapture, noCapture } from './judge-capture.ts';
import { sha256OfFile } from './packet-file.ts';
import { readCapture } from './read-capture.ts';
import { tapWhile } from './tap.ts';
import type { ServiceKind } from './wire-reader.ts';

export interface CaptureRequest {
  /** A file that was captured before. */
  readonly file: string | undefined;
  /** A text that it must not show. */
  readonly marker: string | undefined;
  /** So long this machine is listened to now; undefined: not at all. */
  readonly tapSeconds: number | undefined;
}

export interface CaptureSource {
  readonly view: ClusterView;
  readonly proxies: readonly TargetProxy[];
  readonly sql: SqlAccess;
  readonly ownProbes: readonly OwnProbe[];
}

/** Both, one, or none of them. */
export async function takeCapture(request: CaptureRequest, source: CaptureSource): Promise<Capture> {
  const services = servicesOf(source);
  const captures: Capture[] = [];
  if (request.file !== undefined)
    captures.push(
      judgeFile(request.file, services, source, {
        source: request.file,
        marker: request.marker,
        sentNow: false,
      }),
    );
  if (request.tapSeconds !== undefined) captures.push(await tap(request.tapSeconds, services, source));
  return captures.reduce<Capture>((all, next) => (all.source === null ? next : both(all, next)), noCapture);
}

async function tap(
  seconds: number,
  services: ReadonlyMap<string, ServiceKind>,
  source: CaptureSource,
): Promise<Capture> {
  const marker = `evidence-${randomBytes(12).toString('hex')}`;
  const ports = [
    ...new Set([...services.keys()].map((address) => Number(address.slice(address.lastIndexOf(':') + 1)))),
  ];
  const name = `a tap of this machine, ${seconds} s`;
  return tapWhile(
    ports,
    seconds,
    () => sendMarker(marker, source),
    (file) => judgeFile(file, services, source, { source: name, marker, sentNow: true }),
  );
}

const TABLE = 'test.sealane_evidence_probe';

/**
 * Writes a row in a table of its own, so that the log carries it from the leader to every other node, reads it from each, and leaves
 * nothing behind. @throws ObError when it can't be written: then its absence would say nothing
 */
async function sendMarker(marker: string, { view, sql }: CaptureSource): Promise<void> {
  const answering = view.nodes.filter((node) => node.answer !== undefined);
  await sql.ask(view, `CREATE TABLE IF NOT EXISTS ${TABLE} (id INT PRIMARY KEY, marker VARCHAR(64))`);
  try {
    await sql.ask(view, `REPLACE INTO ${TABLE} VALUES (1, '${marker}')`);
    await Promise.all(answering.map((node) => sql.query(node.server, `SELECT marker FROM ${TABLE}`)));
  } finally {
    await sql.ask(view, `DROP TABLE IF EXISTS ${TABLE}`);
  }
}

function judgeFile(
  file: string,
  services: ReadonlyMap<string, ServiceKind>,
  { ownProbes }: CaptureSource,
  about: { readonly source: string; readonly marker: string | undefined; readonly sentNow: boolean },
): Capture {
  const reading = readCapture(file, services, about.marker);
  return judgeCapture(reading, { ...about, sha256: sha256OfFile(file), ownProbes });
}

/** Every port of the cluster, by the addresses that its programs use themselves. */
function servicesOf({ view, proxies }: CaptureSource): ReadonlyMap<string, ServiceKind> {
  const nodes = view.nodes.flatMap(({ server, sqlHost, sqlPort }): [string, ServiceKind][] => [
    [server, 'RPC'],
    [`${sqlHost}:${sqlPort}`, 'SQL'],
  ]);
  const others = proxies.map(({ reach }): [string, ServiceKind] => [`${reach.host}:${reach.port}`, 'SQL']);
  return new Map([...nodes, ...others]);
}

function both(a: Capture, b: Capture): Capture {
  return {
    source: `${a.source}; ${b.source}`,
    faults: [...a.faults, ...b.faults],
    open: [...a.open, ...b.open],
    shown: [...a.shown, ...b.shown],
    details: [...a.details, ...b.details],
  };
}
