import type { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Issued, readAuthority } from '@sealane/transport-security';
import { certificatesIn } from '../certs/certificate-report.ts';
import { horizonJson } from '../certs/horizon.ts';
import { type InspectedCertificate, type Inspection, inspectFiles, inspectMember } from '../certs/inspect.ts';
import { readHorizon, walletsOf } from '../certs/read-horizon.ts';
import type { ProxyTls } from '../certs/rotation-view.ts';
import {
  type ClearTextVerdict,
  describeOffender,
  judgeClearText,
  type NodeLedger,
  type OwnProbe,
} from '../clear-text.ts';
import { type ClusterView, nodeOf, type ProxyView } from '../cluster-view.ts';
import { type LedgerDumps, readLinkRows } from '../link-rows.ts';
import { statusJson } from '../report.ts';
import type { RecordedRun } from '../run-reader.ts';
import type { SqlAccess } from '../sql-access.ts';
import { membersOf, type Target } from '../targets/target.ts';
import type { Capture } from './capture/judge-capture.ts';
import { type SuiteInUse, suitesInUse } from './inventory.ts';
import type { GivenPapers } from './probes/probe-papers.ts';
import { type ProbeRun, runProbes } from './probes/run-probes.ts';
import type { Login } from './probes/sql-probes.ts';
import { type EvidenceVerdict, verdictOf } from './verdict.ts';

/** Everything a bundle tells, as plain data. */
export interface Evidence {
  readonly made_at: string;
  readonly cluster: string;
  readonly verdict: EvidenceVerdict;
  /** `statusJson` of this moment. */
  readonly status: ReturnType<typeof statusJson>;
  readonly view: ClusterView;
  readonly proxies: readonly { readonly name: string; readonly address: string }[];
  readonly run: RecordedRun | undefined;
  readonly ledgers: LedgerDumps;
  readonly clearText: {
    readonly since: number;
    readonly sinceReason: string;
    readonly mesh: ClearTextVerdict;
    readonly clients: ClearTextVerdict;
  };
  readonly probes: ProbeRun;
  readonly certificates: CertificateInventory;
  readonly suites: readonly SuiteInUse[];
  readonly readiness: Readiness;
  readonly capture: Capture;
}

export interface CertificateInventory {
  readonly certificates: readonly InspectedCertificate[];
  readonly refused: readonly string[];
  readonly warnings: readonly string[];
  readonly horizon: ReturnType<typeof horizonJson>;
}

/** Rows of DBA_OB_TLS_READINESS; `unreadable` says why there are none. */
export interface Readiness {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
  readonly unreadable: string | null;
}

export interface GatherOptions {
  readonly target: Target;
  readonly sql: SqlAccess;
  readonly cluster: string;
  /** Looked at often enough that a stale reading is none. */
  readonly looked: { readonly view: ClusterView; readonly faults: readonly string[] };
  readonly nodeLedgers: readonly NodeLedger[];
  readonly since: { readonly at: number; readonly reason: string };
  readonly ownProbes: readonly OwnProbe[];
  readonly run: RecordedRun | undefined;
  readonly login: Login;
  readonly given: GivenPapers;
  /** Where the CA, its key and clients' certificates may lie. */
  readonly certificatesDirectory: string;
  readonly capture: Capture;
  /** What the proxies say about their TLS. */
  readonly proxyTls: readonly ProxyTls[];
  readonly now: Date;
}

const CLIENT_KINDS = ['SQL', 'PROXY', 'CDC', 'ADMIN'];

/** Reads first, then probes: what a probe sends is no client's. */
export async function gather(options: GatherOptions): Promise<Evidence> {
  const { target, sql, looked, nodeLedgers, since, ownProbes } = options;
  const { view } = looked;
  const ledgers = await readLinkRows(view, sql, target.proxies);
  const mesh = judgeClearText(nodeLedgers, since.at, ['RPC'], ownProbes);
  const clients = judgeClearText(nodeLedgers, since.at, CLIENT_KINDS, ownProbes);
  const certificates = await certificateInventory(options);
  const readiness = await readReadiness(view, sql);
  const probes = await runProbes(view, {
    ...{ target, sql, login: options.login, given: options.given },
    authority: authorityIn(options.certificatesDirectory, target.ca),
  });
  const verdict = verdictOf({
    linkFaults: looked.faults,
    meshClear: [...mesh.unproven, ...mesh.offenders.map(describeOffender)],
    clientsClear: clients.offenders.map(describeOffender),
    proxyClear: view.proxies.flatMap(proxyInClear),
    probes: probes.probes,
    refusedCertificates: certificates.refused,
    capture: options.capture,
    since: new Date(since.at).toISOString(),
    nodeCount: view.nodes.length,
    linkCount: mesh.linkCount,
  });
  return {
    made_at: options.now.toISOString(),
    ...{
      cluster: options.cluster,
      verdict,
      view,
      run: options.run,
      ledgers,
      probes,
      certificates,
      readiness,
    },
    status: statusJson(target, view),
    proxies: target.proxies.map(({ name, reach }) => ({ name, address: `${reach.host}:${reach.port}` })),
    clearText: { since: since.at, sinceReason: since.reason, mesh, clients },
    suites: suitesInUse(ledgers),
    capture: options.capture,
  };
}

async function certificateInventory(options: GatherOptions): Promise<CertificateInventory> {
  const { target, looked, proxyTls, now } = options;
  const wallets = await walletsOf(target);
  const horizon = readHorizon(looked.view, wallets);
  const members = membersOf(target).map(({ name, member, identity }) => {
    const node = nodeOf(looked.view, member);
    const said =
      node === undefined
        ? proxyTls.find((proxy) => proxy.name === name)
        : { tls: node.answer?.tls, silent: node.unreachable };
    const files = wallets.get(member) ?? { ca: undefined, certificate: undefined, key: undefined };
    return inspectMember({ tls: undefined, silent: undefined, ...said, name, identity }, files, now);
  });
  const all = [...members, ...clientCertificate(options)];
  return {
    certificates: all.flatMap((each) => each.certificates),
    refused: all.flatMap((each) => each.refused),
    warnings: all.flatMap((each) => each.warnings),
    horizon: horizonJson(horizon, now),
  };
}

/** The one that `up` makes for clients, where it lies here. */
function clientCertificate({ certificatesDirectory, target, now }: GatherOptions): readonly Inspection[] {
  const file = join(certificatesDirectory, 'client-cert.pem');
  if (!existsSync(file)) return [];
  const judge = { authorities: certificatesIn(target.ca), crls: [], now };
  return [inspectFiles(new Map([['certificates/client-cert.pem', readFileSync(file, 'utf8')]]), judge)];
}

/** Between a proxy and its servers, by the proxy's own ledger. */
function proxyInClear({ name, answer, unreachable }: ProxyView): readonly string[] {
  if (answer === undefined)
    return [`${name} does not say how it speaks to its servers: ${unreachable ?? 'no reason given'}`];
  const back = answer.links.filter(({ direction }) => direction === 'OUT');
  const clear = back.filter(({ mode }) => mode !== 'ENCRYPTED');
  if (clear.length === 0) return [];
  return [
    `${clear.length} of ${back.length} links of ${name} to its servers are in clear (enable_server_ssl is ${answer.config.enable_server_ssl})`,
  ];
}

const READINESS_COLUMNS = [
  'KIND',
  'TENANT',
  'NAME',
  'HOST',
  'DRIVER',
  'LAST_SEEN',
  'LAST_SEEN_IN_CLEAR',
  'LOCKED_OUT_BY',
  'REASON',
  'ADVICE',
];

async function readReadiness(view: ClusterView, sql: SqlAccess): Promise<Readiness> {
  const columns = READINESS_COLUMNS;
  try {
    const rows = await sql.ask(view, `SELECT ${columns.join(', ')} FROM oceanbase.DBA_OB_TLS_READINESS`);
    return { columns, rows, unreadable: null };
  } catch (error) {
    return { columns, rows: [], unreadable: error instanceof Error ? error.message : String(error) };
  }
}

/** The CA's key signs probes only where it is the CA that the nodes trust. */
function authorityIn(directory: string, ca: string | undefined): Issued | undefined {
  const authority = readAuthority(directory);
  if (authority === undefined) return undefined;
  const trusted = certificatesIn(ca).map(fingerprint);
  const [own] = certificatesIn(authority.certificate).map(fingerprint);
  return own !== undefined && trusted.includes(own) ? authority : undefined;
}

function fingerprint(certificate: X509Certificate): string {
  return certificate.fingerprint256;
}
