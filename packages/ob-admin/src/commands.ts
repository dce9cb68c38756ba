import { ObError } from '@sealane/errors';
import { pcodes, type ViewAnswer } from '@sealane/ob-rpc';
import type { AdminLink } from './admin-link.ts';
import { type Comparison, type Connect, compareReplicas } from './compare-replicas.ts';
import { withColumns } from './table.ts';

/** What ob_admin can ask a server for. Names are OceanBase's where it has one. */
export interface AdminCommand {
  readonly name: string;
  /** For the usage line: `tenant_id ip:port`, in brackets what may be left out. */
  readonly arguments: string;
  readonly about: string;
  /** What people see of the answer; machines always get all of it. */
  readonly forPeople?: (answer: ViewAnswer) => ViewAnswer;
  /** @throws ObError OB_INVALID_ARGUMENT, and whatever the server says */
  run(link: AdminLink, words: readonly string[], connect: Connect): Promise<ViewAnswer | string | Comparison>;
}

const linkColumns = [
  ...['LINK_ID', 'KIND', 'DIRECTION', 'PEER_ADDR', 'PEER_SVR_PORT', 'MODE', 'PROTOCOL', 'CLEAR_BYTES_IN'],
  ...['CLEAR_BYTES_OUT', 'ENCRYPTED_BYTES_IN', 'ENCRYPTED_BYTES_OUT', 'OPENED_AT'],
];

export const commands: readonly AdminCommand[] = [
  view('status', 'V$OB_SERVERS', 'what this server says of itself', [
    ...['SVR_IP', 'SVR_PORT', 'ZONE', 'SQL_PORT', 'LOG_DISK_IN_USE', 'LOG_DISK_CAPACITY', 'DATA_DISK_IN_USE'],
    ...['DATA_DISK_HEALTH_STATUS', 'SSL_CERT_EXPIRED_TIME'],
  ]),
  view('servers', 'DBA_OB_SERVERS', 'the servers of the cluster, as this one knows them', [
    ...['ID', 'SVR_IP', 'SVR_PORT', 'ZONE', 'STATUS', 'WITH_ROOTSERVER', 'START_SERVICE_TIME', 'STOP_TIME'],
  ]),
  view('tenants', 'DBA_OB_TENANTS', 'tenants', [
    ...['TENANT_ID', 'TENANT_NAME', 'TENANT_TYPE', 'STATUS', 'PRIMARY_ZONE'],
  ]),
  view('log_stat', 'V$OB_LOG_STAT', "this server's replica of each log stream", [
    ...['TENANT_ID', 'LS_ID', 'ROLE', 'PROPOSAL_ID', 'IN_SYNC', 'BEGIN_LSN', 'END_LSN', 'MAX_LSN'],
    'PAXOS_MEMBER_LIST',
  ]),
  {
    ...view('links', 'V$OB_LINKS', "this server's link ledger: who speaks to whom, in which mode"),
    forPeople: (answer) => withColumns(stillOpen(answer), linkColumns),
  },
  view('tls', 'V$OB_TLS_STATUS', 'certificate, CAs and revocation list in use, and the last reload'),
  {
    name: 'show',
    arguments: 'view',
    about: "any of this server's views of database oceanbase, V$OB_PROCESSLIST for instance",
    run: (link, [name = '']) => link.readView(name),
  },
  {
    name: 'get_server_config',
    arguments: '[name]',
    about: 'parameters of this server, all or those whose name contains this',
    forPeople: (answer) => withColumns(answer, ['NAME', 'VALUE', 'SOURCE', 'EDIT_LEVEL']),
    run: async (link, [name = '']) => matching(await link.readView('V$OB_PARAMETERS'), name),
  },
  {
    name: 'set_server_config',
    arguments: 'name=value',
    about: 'a parameter of this one server, without SQL and without a leader, until the cluster sets it',
    run: async (link, [text = '']) => {
      const [name, value] = assignment(text);
      await link.call(pcodes.SET_CONFIG, { name, value });
      return `${name} is ${value} on this server, source OBADMIN`;
    },
  },
  {
    name: 'renew_links',
    arguments: '',
    about:
      'opens each link that this server has dialled anew, under the parameters of now, and drains the old one',
    run: async (link) => renewals(await link.call(pcodes.LINK_RENEW, { configVersion: 0 })),
  },
  {
    name: 'switch_leader',
    arguments: 'tenant_id ip:rpc_port',
    about: "to the leader of the tenant's log stream: hand it to that server",
    run: async (link, [tenantId = '', to = '']) => {
      await link.call(pcodes.SWITCH_LEADER, { tenantId: tenantOf(tenantId), to }, tenantOf(tenantId));
      return `${to} leads tenant ${tenantId}`;
    },
  },
  {
    name: 'checksum',
    arguments: 'tenant_id',
    about: 'compares the tables of all replicas behind the same entry of the log, while clients write',
    run: (link, [tenantId = ''], connect) => compareReplicas(link, tenantOf(tenantId), connect),
  },
  {
    name: 'minor_freeze',
    arguments: '[tenant_id]',
    about: "writes out this server's memory, of one tenant or of all, so that its log may be cut",
    run: async (link, [tenantId]) => {
      await link.call(pcodes.MINOR_FREEZE, tenantId === undefined ? {} : { tenantId: tenantOf(tenantId) });
      return 'frozen';
    },
  },
];

/** @throws ObError OB_INVALID_ARGUMENT as OceanBase words it */
export function findCommand(name: string): AdminCommand {
  const command = commands.find((each) => each.name === name);
  if (command !== undefined) return command;
  throw new ObError('OB_INVALID_ARGUMENT', [], {
    message: `Unknow command: ${name}; there are ${commands.map((each) => each.name).join(', ')}`,
  });
}

/** Whether this many words fit. */
export function fits({ arguments: usage }: AdminCommand, count: number): boolean {
  const words = usage === '' ? [] : usage.split(' ');
  const needed = words.filter((word) => !word.startsWith('[')).length;
  return count >= needed && count <= words.length;
}

function view(name: string, viewName: string, about: string, columns?: readonly string[]): AdminCommand {
  const shown =
    columns === undefined ? {} : { forPeople: (answer: ViewAnswer) => withColumns(answer, columns) };
  return { name, arguments: '', about, ...shown, run: (link) => link.readView(viewName) };
}

/** Closed links stay in the ledger for a while: for machines, and for `show V$OB_LINKS`. */
function stillOpen({ columns, rows }: ViewAnswer): ViewAnswer {
  const at = columns.indexOf('CLOSED_AT');
  return { columns, rows: rows.filter((row) => row[at] === null) };
}

function matching({ columns, rows }: ViewAnswer, name: string): ViewAnswer {
  const at = columns.indexOf('NAME');
  return { columns, rows: rows.filter((row) => String(row[at]).includes(name)) };
}

function assignment(text: string): [name: string, value: string] {
  const at = text.indexOf('=');
  if (at <= 0) throw new ObError('OB_INVALID_ARGUMENT', [], { message: `"${text}" is no name=value` });
  return [text.slice(0, at).trim(), text.slice(at + 1).trim()];
}

function tenantOf(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new ObError('OB_INVALID_ARGUMENT', [], {
    message: `"${text}" is no tenant's id; see ob_admin tenants`,
  });
}

function renewals(answer: unknown): ViewAnswer {
  const rows = Array.isArray(answer) ? (answer as Record<string, unknown>[]) : [];
  const columns = Object.keys(rows[0] ?? {});
  return { columns, rows: rows.map((row) => columns.map((column) => row[column])) };
}
