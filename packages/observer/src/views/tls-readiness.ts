import type { CellValue, VirtualRows } from '@sealane/sql';

/** DBA_OB_TLS_READINESS: who would be locked out if encryption, or a certificate, were required. Pure. */

/** A row of GV$OB_LOGIN_SUMMARY. Times as the views have them, so that they compare as texts. */
export interface SeenLogin {
  readonly tenant: string;
  readonly user: string;
  readonly accountHost: string;
  readonly clientHost: string;
  readonly driver: string;
  readonly driverVersion: string;
  readonly lastSeenAt: string;
  readonly lastSeenInClearAt: string | null;
  readonly certificateSubject: string | null;
}

export interface KnownAccount {
  readonly tenant: string;
  readonly user: string;
  readonly host: string;
  /** `ssl_type` of mysql.user: empty, ANY, X509, SPECIFIED. */
  readonly sslType: string;
}

/** A live link between nodes, from the end that dialled. */
export interface MeshLink {
  readonly from: string;
  readonly to: string;
  readonly mode: string;
  readonly openedAt: string;
  readonly lastClearAt: string | null;
  readonly modeReason: string | null;
}

export interface NodeWallet {
  /** `ip:rpc_port`. */
  readonly server: string;
  /** Why its wallet can't be used; undefined when it can. */
  readonly fault: string | undefined;
  readonly answers: boolean;
}

export interface ReadinessFacts {
  readonly accounts: readonly KnownAccount[];
  readonly logins: readonly SeenLogin[];
  readonly links: readonly MeshLink[];
  readonly nodes: readonly NodeWallet[];
}

interface Subject {
  readonly kind: 'USER' | 'HOST' | 'DRIVER' | 'LINK' | 'NODE';
  readonly tenant?: string;
  readonly name: string;
  readonly host?: string;
  readonly driver?: string;
}

interface Verdict {
  readonly lockedOutBy: 'ENCRYPTION,CERTIFICATE' | 'ENCRYPTION' | 'CERTIFICATE' | 'UNKNOWN' | null;
  readonly reason: string;
  readonly advice: string | null;
}

/** One row for each account, client host, driver, link of the mesh and node; LOCKED_OUT_BY is NULL for who is ready. */
export function tlsReadinessRows({ accounts, logins, links, nodes }: ReadinessFacts): VirtualRows {
  return [
    ...accounts.map((account) => userRow(account, logins)),
    ...grouped(logins, ({ tenant, clientHost }) => [tenant, clientHost]).map((of) =>
      loginRow({ kind: 'HOST', tenant: of[0].tenant, name: of[0].clientHost, host: of[0].clientHost }, of),
    ),
    ...grouped(logins, (login) => [login.tenant, driverOf(login)]).map((of) =>
      loginRow({ kind: 'DRIVER', tenant: of[0].tenant, name: driverOf(of[0]), driver: driverOf(of[0]) }, of),
    ),
    ...links.map(linkRow),
    ...nodes.map(nodeRow),
  ];
}

function userRow(account: KnownAccount, all: readonly SeenLogin[]): readonly CellValue[] {
  const { tenant, user, host, sslType } = account;
  const subject: Subject = { kind: 'USER', tenant, name: user, host };
  const logins = all.filter(
    (login) => login.tenant === tenant && login.user === user && login.accountHost === host,
  );
  const [first, ...more] = logins;
  if (first !== undefined) return loginRow(subject, [first, ...more], sslType);
  const reason = 'no login since the nodes were started';
  return cells(subject, null, null, { lockedOutBy: 'UNKNOWN', reason, advice: 'let it log in once' });
}

type Logins = readonly [SeenLogin, ...SeenLogin[]];

function loginRow(subject: Subject, logins: Logins, sslType = ''): readonly CellValue[] {
  const lastSeen = latest(logins.map((login) => login.lastSeenAt));
  const lastInClear = latest(logins.map((login) => login.lastSeenInClearAt));
  return cells(subject, lastSeen, lastInClear, loginVerdict(subject, logins, sslType));
}

/** What counts is how each client came the last time: one that has turned to TLS is ready. */
function loginVerdict(subject: Subject, logins: Logins, sslType: string): Verdict {
  const inClear = logins.filter((login) => login.lastSeenInClearAt === login.lastSeenAt);
  if (inClear.length > 0) {
    const reason = `comes without TLS: ${namesOf(inClear, subject)}`;
    return { lockedOutBy: 'ENCRYPTION,CERTIFICATE', reason, advice: adviceFor(inClear) };
  }
  const bare = logins.filter((login) => login.certificateSubject === null);
  if (bare.length > 0) {
    const reason = `comes with TLS, without a certificate: ${namesOf(bare, subject)}`;
    const advice = 'give these clients a certificate and its key (--ssl-cert, --ssl-key) before REQUIRE X509';
    return { lockedOutBy: 'CERTIFICATE', reason, advice };
  }
  const ready = 'comes with TLS and a certificate';
  if (subject.kind !== 'USER' || sslType !== '') return { lockedOutBy: null, reason: ready, advice: null };
  const advice = `ALTER USER '${subject.name}'@'${subject.host ?? '%'}' REQUIRE X509 holds it to that`;
  return { lockedOutBy: null, reason: ready, advice };
}

const namedMax = 5;

/** The clients meant, from the subject's point of view. */
function namesOf(logins: readonly SeenLogin[], subject: Subject): string {
  const names = logins.map((login) => {
    const account = `'${login.user}'@'${login.accountHost}'`;
    if (subject.kind === 'USER') return `${login.clientHost} with ${driverOf(login)}`;
    return subject.kind === 'HOST'
      ? `${account} with ${driverOf(login)}`
      : `${account} from ${login.clientHost}`;
  });
  const distinct = [...new Set(names)];
  const more = distinct.length - namedMax;
  return `${distinct.slice(0, namedMax).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function driverOf({ driver, driverVersion }: SeenLogin): string {
  return driver === '' ? 'a driver that does not name itself' : `${driver} ${driverVersion}`.trim();
}

/** How the common drivers are told to use TLS. */
const switches: readonly (readonly [RegExp, string])[] = [
  [/connector\/?-?j|java/i, 'sslMode=VERIFY_CA in its URL, with the CA in the trust store'],
  [/mariadb/i, '--ssl-ca=ca.pem --ssl-verify-server-cert, or MYSQL_OPT_SSL_CA'],
  [/libmysql|mysqlcl/i, '--ssl-mode=VERIFY_CA --ssl-ca=ca.pem'],
  [/node|mysql2|sequelize/i, 'the option ssl: { ca } of its connection'],
  [/pymysql|python/i, 'the parameter ssl_ca of its connection'],
  [/go|gorm/i, 'tls= in its DSN, with a registered configuration'],
];

function adviceFor(logins: readonly SeenLogin[]): string {
  const advices = logins.map(({ driver }) => {
    const known = switches.find(([pattern]) => driver !== '' && pattern.test(driver));
    return known === undefined ? 'turn TLS on in the client' : `${driver}: ${known[1]}`;
  });
  return [...new Set(advices)].slice(0, namedMax).join('; ');
}

function linkRow({ from, to, mode, openedAt, lastClearAt, modeReason }: MeshLink): readonly CellValue[] {
  const subject: Subject = { kind: 'LINK', name: `${from} to ${to}`, host: to };
  if (mode === 'ENCRYPTED')
    return cells(subject, openedAt, lastClearAt, { lockedOutBy: null, reason: 'encrypted', advice: null });
  const lockedOutBy = mode === 'AUTHENTICATED' ? 'ENCRYPTION' : 'ENCRYPTION,CERTIFICATE';
  const reason = modeReason === null ? `${mode}, as the parameters want it` : `${mode}; ${modeReason}`;
  const advice =
    modeReason === null
      ? 'cluster-controller encryption enable, or set the parameters and ALTER SYSTEM RENEW RPC LINKS'
      : 'ALTER SYSTEM RENEW RPC LINKS';
  return cells(subject, openedAt, lastClearAt, { lockedOutBy, reason, advice });
}

function nodeRow({ server, fault, answers }: NodeWallet): readonly CellValue[] {
  const subject: Subject = { kind: 'NODE', name: server };
  if (!answers) {
    const reason = 'does not answer: its wallet and its clients are not known';
    return cells(subject, null, null, {
      lockedOutBy: 'UNKNOWN',
      reason,
      advice: 'ask again when it is back',
    });
  }
  if (fault === undefined)
    return cells(subject, null, null, { lockedOutBy: null, reason: 'its wallet is good', advice: null });
  const advice = 'mend its wallet (cluster-controller encryption plan looks at all of them)';
  return cells(subject, null, null, { lockedOutBy: 'ENCRYPTION,CERTIFICATE', reason: fault, advice });
}

/** In the order of the view's columns. */
function cells(
  { kind, tenant, name, host, driver }: Subject,
  lastSeen: string | null,
  lastSeenInClear: string | null,
  { lockedOutBy, reason, advice }: Verdict,
): readonly CellValue[] {
  return [
    kind,
    tenant ?? null,
    name,
    host ?? null,
    driver ?? null,
    lastSeen,
    lastSeenInClear,
    lockedOutBy,
    reason.slice(0, textLengthMax),
    advice?.slice(0, textLengthMax) ?? null,
  ];
}

const textLengthMax = 1_024;

function latest(times: readonly (string | null)[]): string | null {
  return times.reduce((last, time) => (time !== null && (last === null || time > last) ? time : last), null);
}

function grouped(
  logins: readonly SeenLogin[],
  keyOf: (login: SeenLogin) => readonly string[],
): readonly Logins[] {
  const groups = new Map<string, [SeenLogin, ...SeenLogin[]]>();
  for (const login of logins) {
    const key = JSON.stringify(keyOf(login));
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [login]);
    else group.push(login);
  }
  return [...groups.values()];
}
