/**
 * Packet codes: what a packet asks for. Numbers and names are OceanBase's; those from 0xFF01 on are
 * our own, for what OceanBase does outside of its packets (`docs/protocol/ob-rpc.md#pcodes`).
 *
 * Bodies are msgpack values; each program checks the shape of what it gets. What both ends of a
 * link must agree on below any program are the types at the end of this file.
 */
export const pcodes = {
  ERROR_PACKET: 0x010,
  BOOTSTRAP: 0x101,
  RENEW_LEASE: 0x102,
  GET_ROOT_SERVER_ROLE: 0x105,
  SET_CONFIG: 0x106,
  GET_CONFIG: 0x107,
  EXECUTE_BOOTSTRAP: 0x108,
  REFRESH_CONFIG: 0x109,
  ROOT_MAJOR_FREEZE: 0x10a,
  ADD_SERVER: 0x10b,
  DELETE_SERVER: 0x10c,
  CANCEL_DELETE_SERVER: 0x10d,
  ADD_ZONE: 0x10e,
  DELETE_ZONE: 0x10f,
  START_ZONE: 0x110,
  STOP_ZONE: 0x111,
  START_SERVER: 0x116,
  STOP_SERVER: 0x117,
  FETCH_ALIVE_SERVER: 0x11b,
  ROOT_MINOR_FREEZE: 0x11c,
  ALTER_ZONE: 0x11d,
  BROADCAST_SCHEMA: 0x124,
  DETECT_MASTER_RS_LS: 0x14a,
  SET_TENANT_CONFIG: 0x14e,
  SEND_HEARTBEAT: 0x152,
  NOTIFY_SWITCH_LEADER: 0x155,
  CREATE_TENANT: 0x206,
  SWITCH_LEADER: 0x20b,
  REQUEST_HEARTBEAT: 0x221,
  CREATE_USER: 0x250,
  ADMIN_SWITCH_REPLICA_ROLE: 0x280,
  ADMIN_SET_CONFIG: 0x288,
  BATCH_SWITCH_RS_LEADER: 0x2a0,
  FETCH_SYS_LS: 0x405,
  CHECK_SWITCH_ALL_LEADER_OUT: 0x423,
  BROADCAST_RS_LIST: 0x484,
  REPORT_SYS_LS: 0x494,
  REMOTE_EXECUTE: 0x502,
  KILL_SESSION: 0x509,
  REMOTE_SYNC_EXECUTE: 0x51c,
  INNER_SQL_SYNC_TRANSMIT: 0x524,
  TX_COMMIT: 0x650,
  TX_ABORT: 0x652,
  TX_2PC_PREPARE: 0x653,
  TX_2PC_PREPARE_RESP: 0x654,
  TX_2PC_COMMIT: 0x655,
  TX_2PC_COMMIT_RESP: 0x656,
  TX_2PC_CLEAR: 0x657,
  TX_2PC_CLEAR_RESP: 0x658,
  TX_KEEPALIVE: 0x65a,
  GET_GTS: 0x710,
  GET_GTS_RESP: 0x711,
  SERVER_BLACKLIST_REQ: 0x751,
  SERVER_BLACKLIST_RESP: 0x752,
  LS_FETCH_MISSING_LOG: 0x851,
  REQ_START_LSN_BY_TS: 0x855,
  OPEN_STREAM: 0x856,
  LS_FETCH_LOG: 0x857,
  LEADER_HEARTBEAT: 0x858,
  CDC_FETCH_RAW_LOG: 0x863,
  MINOR_FREEZE: 0x904,
  CREATE_LS: 0x922,
  TABLE_API_LOGIN: 0x1101,
  LOG_PUSH_REQ: 0x1501,
  LOG_PUSH_RESP: 0x1502,
  LOG_FETCH_REQ: 0x1503,
  LOG_PREPARE_REQ: 0x1504,
  LOG_PREPARE_RESP: 0x1505,
  CHANGE_CONFIG_META_REQ: 0x1506,
  CHANGE_CONFIG_META_RESP: 0x1507,
  ELECTION_PREPARE_REQ: 0x1508,
  ELECTION_PREPARE_RESP: 0x1509,
  ELECTION_ACCEPT_REQ: 0x150a,
  ELECTION_ACCEPT_RESP: 0x150b,
  ELECTION_CHANGE_LEADER: 0x150c,
  LOG_CONFIG_CHANGE_CMD: 0x150f,
  LOG_LEARNER_REQ: 0x1515,
  COMMITTED_INFO: 0x1516,
  GET_PALF_STAT: 0x151d,
  LOG_GET_STAT: 0x151f,
  FORCE_SET_LS_AS_SINGLE_REPLICA: 0x1520,
  REVERSE_KEEPALIVE: 0x1597,
  BROADCAST_CONFIG_VERSION: 0x163c,
  /** Our own: the first request on every link says who dials. Body: Identification. */
  LINK_IDENTIFY: 0xff01,
  /** Our own: asks for a sign of life. Body: null, both ways. */
  LINK_PING: 0xff02,
  /** Our own, one way, on a stream's channel: the reader has room for more items. Body: their count. */
  STREAM_CREDIT: 0xff03,
  /** Our own, one way, on a stream's channel: the reader wants no more. Body: null. */
  STREAM_CANCEL: 0xff04,
  /** Our own: asks a server for a copy of a tenant's file; a piece of it; it isn't needed any more. */
  SNAPSHOT_OPEN: 0xff05,
  SNAPSHOT_READ: 0xff06,
  SNAPSHOT_CLOSE: 0xff07,
  /** Replace the links that you have dialled. */
  LINK_RENEW: 0xff08,
  /** Our own, for tools: rows of one of the server's own views. Body: ViewRequest; answer: ViewAnswer. */
  VIEW_READ: 0xff09,
  /** Our own, for tools: what a replica's tables come to at an LSN. Body: DigestRequest; answer: DigestAnswer. */
  REPLICA_DIGEST: 0xff0a,
} as const;

export type PcodeName = keyof typeof pcodes;

/** @returns the name, or `0x…` for a number that isn't in the table */
export function pcodeName(pcode: number): string {
  return NAMES.get(pcode) ?? `0x${pcode.toString(16)}`;
}

const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(pcodes).map(([name, pcode]) => [pcode, name]),
);

/** Body of LINK_IDENTIFY, request and answer: who is at this end. */
export interface Identification {
  /** `ip:rpc_port` of a server; undefined for a tool. */
  readonly server: string | undefined;
  /** What kind of program, for instance `observer` or `ob_admin`. */
  readonly identity: string;
  /** A tool that doesn't know says '' and 0, and learns it from the answer. */
  readonly clusterName: string;
  readonly clusterId: number;
}

/**
 * Body of every answer, as OceanBase's result code stands before its answers: `[0, value]`, or the
 * code (negative), the message for people, and facts for the caller.
 */
export type ResponseBody =
  | readonly [rcode: 0, value: unknown]
  | readonly [rcode: number, message: string, details: Readonly<Record<string, unknown>>];

/** Items a stream may be ahead of its reader, from the start; the reader then grants more. */
export const STREAM_WINDOW = 16;

/** Body of VIEW_READ. */
export interface ViewRequest {
  /** Of database `oceanbase`: `V$OB_LINKS`. */
  readonly view: string;
}

/** Answer of VIEW_READ. */
export interface ViewAnswer {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
}

/** Body of SET_CONFIG: a parameter of this one server, until the cluster sets it or the server restarts. */
export interface SetConfigRequest {
  readonly name: string;
  readonly value: string;
}

/** Body of LS_FETCH_LOG, which answers with a stream of FetchedLog. The packet's tenant says which log. */
export interface FetchLogRequest {
  readonly afterLsn: number;
}

/** Committed entries in their order, or none: a sign of life. */
export interface FetchedLog {
  /** One after the other, as they are on disk; see consensus/src/entry.ts. */
  readonly entries: Uint8Array;
  /** Of the newest committed entry that the server knows. */
  readonly endLsn: number;
  /** Microseconds since 1970: what comes later was committed later than this; 0 where the server can't say. */
  readonly safeTimeUs: number;
}

/** Body of REQ_START_LSN_BY_TS. Answer: the last LSN that was committed before that time. */
export interface LocateLogRequest {
  /** Since 1970. */
  readonly timestampUs: number;
}

/** Body of REPLICA_DIGEST; the packet's tenant says which replica. */
export interface DigestRequest {
  readonly lsn: number;
  /** For the LSN to come, and again for the reading. */
  readonly timeoutMs: number;
}

export interface DigestAnswer {
  /** SHA-256, hexadecimal: equal for replicas with the same schema and rows. */
  readonly digest: string;
  readonly tables: readonly { readonly name: string; readonly rowCount: number; readonly digest: string }[];
}
