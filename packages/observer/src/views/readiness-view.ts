import type { CellValue, VirtualRows } from '@sealane/sql';
import type { LoginSummary } from '../accounts/login-summary.ts';
import { sysTenantId } from '../tenant/tenant-table.ts';
import type { TenantWithAccounts } from './account-views.ts';
import { viewColumns } from './definitions.ts';
import { type KnownAccount, type NodeWallet, type SeenLogin, tlsReadinessRows } from './tls-readiness.ts';
import { timestampCell, type View } from './view.ts';

export interface ReadinessViewOptions {
  /** Rows of a view of every node, as sys sees them. */
  rows(viewName: string): Promise<VirtualRows>;
  /** `ip:rpc_port` of the cluster's servers. */
  servers(): readonly string[];
  tenants(): readonly (TenantWithAccounts & { readonly identity: { readonly name: string } })[];
}

/** DBA_OB_TLS_READINESS, put together from what every node says. Sys sees all, another tenant its own clients. */
export function readinessView({ rows, servers, tenants }: ReadinessViewOptions): View {
  const columns = viewColumns.DBA_OB_TLS_READINESS;
  return {
    definition: { database: 'oceanbase', name: 'DBA_OB_TLS_READINESS', columns },
    rows: async (tenantId) => {
      const sys = tenantId === sysTenantId;
      const seen = tenants().filter(({ identity }) => sys || identity.id === tenantId);
      const names = new Set(seen.map(({ identity }) => identity.name));
      const logins = (await rows('GV$OB_LOGIN_SUMMARY'))
        .map(seenLogin)
        .filter(({ tenant }) => names.has(tenant));
      const accounts = seen.flatMap(accountsOf);
      if (!sys) return tlsReadinessRows({ accounts, logins, links: [], nodes: [] });
      const [links, wallets] = await Promise.all([rows('GV$OB_LINKS'), rows('GV$OB_WALLET_CHECK')]);
      return tlsReadinessRows({
        accounts,
        logins,
        links: links.flatMap(meshLink),
        nodes: servers().map((server) => nodeWallet(server, wallets)),
      });
    },
  };
}

/** The columns of V$OB_LOGIN_SUMMARY after SVR_IP and SVR_PORT. */
export function loginSummaryRow(login: LoginSummary): readonly CellValue[] {
  const { tenant, user, accountHost, clientHost, driver, driverVersion } = login;
  return [
    tenant,
    user,
    accountHost,
    clientHost,
    driver,
    driverVersion,
    timestampCell(login.lastSeenAt * 1000),
    timestampCell(login.lastSeenInClearAt === undefined ? undefined : login.lastSeenInClearAt * 1000),
    login.lastCertificateSubject ?? null,
  ];
}

function seenLogin(row: readonly CellValue[]): SeenLogin {
  const [tenant, user, accountHost, clientHost, driver, driverVersion, lastSeenAt] = row.slice(2).map(String);
  return {
    tenant: tenant ?? '',
    user: user ?? '',
    accountHost: accountHost ?? '',
    clientHost: clientHost ?? '',
    driver: driver ?? '',
    driverVersion: driverVersion ?? '',
    lastSeenAt: lastSeenAt ?? '',
    lastSeenInClearAt: textOrNull(row[9]),
    certificateSubject: textOrNull(row[10]),
  };
}

function accountsOf({ identity, node }: ReturnType<ReadinessViewOptions['tenants']>[number]): KnownAccount[] {
  if (node.catalog().version === 0) return [];
  const rows = node.database
    .reader()
    .all(`SELECT user, host, ssl_type FROM main."mysql.user" WHERE is_role = 'N' ORDER BY user, host`, []);
  return rows.map(([user, host, sslType]) => ({
    tenant: identity.name,
    user: String(user),
    host: String(host),
    sslType: String(sslType ?? ''),
  }));
}

const linkColumn = Object.fromEntries(viewColumns.OB_LINKS.map(({ name }, at) => [name, at]));

/** The end that dialled speaks for a link between nodes. */
function meshLink(row: readonly CellValue[]) {
  const cell = (name: string): CellValue => row[linkColumn[name] ?? -1] ?? null;
  if (cell('KIND') !== 'RPC' || cell('DIRECTION') !== 'OUT' || cell('CLOSED_AT') !== null) return [];
  return {
    from: `${cell('SVR_IP')}:${cell('SVR_PORT')}`,
    to: `${cell('PEER_SVR_IP')}:${cell('PEER_SVR_PORT')}`,
    mode: String(cell('MODE')),
    openedAt: String(cell('OPENED_AT')),
    lastClearAt: textOrNull(cell('LAST_CLEAR_AT')),
    modeReason: textOrNull(cell('MODE_REASON')),
  };
}

function nodeWallet(server: string, rows: VirtualRows): NodeWallet {
  const row = rows.find(([ip, port]) => `${ip}:${port}` === server);
  return {
    server,
    answers: row !== undefined,
    fault: row === undefined || row[2] === 'YES' ? undefined : String(row[3]),
  };
}

function textOrNull(cell: CellValue | undefined): string | null {
  return cell === null || cell === undefined ? null : String(cell);
}
