/**
 * Capability flags: what both ends may use on a connection. Bits 27 to 29 are OceanBase's own.
 * Source: docs/protocol/mysql.md#capability-flags
 */
export const capability = {
  LONG_PASSWORD: 1 << 0,
  /** Affected rows count the rows found, not the rows changed. */
  FOUND_ROWS: 1 << 1,
  LONG_FLAG: 1 << 2,
  CONNECT_WITH_DB: 1 << 3,
  NO_SCHEMA: 1 << 4,
  COMPRESS: 1 << 5,
  ODBC: 1 << 6,
  LOCAL_FILES: 1 << 7,
  IGNORE_SPACE: 1 << 8,
  PROTOCOL_41: 1 << 9,
  INTERACTIVE: 1 << 10,
  SSL: 1 << 11,
  IGNORE_SIGPIPE: 1 << 12,
  TRANSACTIONS: 1 << 13,
  RESERVED: 1 << 14,
  SECURE_CONNECTION: 1 << 15,
  MULTI_STATEMENTS: 1 << 16,
  MULTI_RESULTS: 1 << 17,
  PS_MULTI_RESULTS: 1 << 18,
  PLUGIN_AUTH: 1 << 19,
  CONNECT_ATTRS: 1 << 20,
  PLUGIN_AUTH_LENENC_CLIENT_DATA: 1 << 21,
  CAN_HANDLE_EXPIRED_PASSWORDS: 1 << 22,
  SESSION_TRACK: 1 << 23,
  DEPRECATE_EOF: 1 << 24,
  SUPPORT_ORACLE_MODE: 1 << 27,
  RETURN_HIDDEN_ROWID: 1 << 28,
  USE_LOB_LOCATOR: 1 << 29,
  SSL_VERIFY_SERVER_CERT: 1 << 30,
  REMEMBER_OPTIONS: (1 << 31) >>> 0,
} as const satisfies Record<string, number>;

export type CapabilityName = keyof typeof capability;

/** @returns whether the flags hold the named one */
export function has(flags: number, name: CapabilityName): boolean {
  return (flags & capability[name]) !== 0;
}

/** @returns the flags put together, as an unsigned 32-bit number */
export function flagsOf(...names: readonly CapabilityName[]): number {
  return names.reduce((flags, name) => (flags | capability[name]) >>> 0, 0);
}

export function withoutFlags(flags: number, ...names: readonly CapabilityName[]): number {
  return (flags & ~flagsOf(...names)) >>> 0;
}

/** @returns the names of the flags that are set, lowest bit first; for logs */
export function capabilityNames(flags: number): CapabilityName[] {
  return (Object.keys(capability) as CapabilityName[]).filter((name) => has(flags, name));
}

/**
 * What a node offers: the low half whole but for COMPRESS, and SSL only where TLS is on; of the high half what
 * OceanBase offers, the multi-statement bits, and DEPRECATE_EOF, which every newer driver asks for.
 */
export function serverCapabilities(options: { readonly tls: boolean }): number {
  const high = flagsOf(
    'MULTI_STATEMENTS',
    'MULTI_RESULTS',
    'PS_MULTI_RESULTS',
    'PLUGIN_AUTH',
    'CONNECT_ATTRS',
    'PLUGIN_AUTH_LENENC_CLIENT_DATA',
    'CAN_HANDLE_EXPIRED_PASSWORDS',
    'SESSION_TRACK',
    'DEPRECATE_EOF',
    'RETURN_HIDDEN_ROWID',
    'USE_LOB_LOCATOR',
  );
  const offered = (0xffff | high) >>> 0;
  return options.tls ? withoutFlags(offered, 'COMPRESS') : withoutFlags(offered, 'COMPRESS', 'SSL');
}

/** What our own client asks for, where the server offers it. */
export const clientCapabilities: number = flagsOf(
  'LONG_PASSWORD',
  'LONG_FLAG',
  'PROTOCOL_41',
  'TRANSACTIONS',
  'SECURE_CONNECTION',
  'MULTI_STATEMENTS',
  'MULTI_RESULTS',
  'PS_MULTI_RESULTS',
  'PLUGIN_AUTH',
  'CONNECT_ATTRS',
  'PLUGIN_AUTH_LENENC_CLIENT_DATA',
  'SESSION_TRACK',
  'DEPRECATE_EOF',
);

/** Status flags of OK and EOF packets. */
export const serverStatus = {
  IN_TRANSACTION: 0x0001,
  AUTOCOMMIT: 0x0002,
  MORE_RESULTS_EXIST: 0x0008,
  CURSOR_EXISTS: 0x0040,
  LAST_ROW_SENT: 0x0080,
  NO_BACKSLASH_ESCAPES: 0x0200,
  SESSION_STATE_CHANGED: 0x4000,
} as const satisfies Record<string, number>;
