/** The bounds of the SQL port. Times in milliseconds, sizes in bytes. */
export interface FrontLimits {
  /** Sessions at once; one more gets 1040, but for a few that are kept for who has SUPER. */
  readonly connectionsMax: number;
  /** Connections that have not logged in yet; one more pushes out one of the address that has most of them. */
  readonly loggingInMax: number;
  /** From accept to the end of login, TLS included (MySQL: connect_timeout). */
  readonly loginTimeoutMs: number;
  /** Waiting for a client to take what was sent (MySQL: net_write_timeout). */
  readonly writeTimeoutMs: number;
  /** The rest of a packet after its beginning (MySQL: net_read_timeout). */
  readonly readTimeoutMs: number;
  /** Without a command, unless the session's `wait_timeout` says otherwise. */
  readonly idleTimeoutMs: number;
  readonly maxAllowedPacket: number;
  readonly preparedStatementsMax: number;
  /** Written and not yet taken by the socket; more waits for the client. */
  readonly outputBufferMax: number;
  /** Received while a command runs; more stays in the socket. */
  readonly inputBufferMax: number;
}

export const defaultLimits: FrontLimits = {
  connectionsMax: 2_000,
  loggingInMax: 1_000,
  loginTimeoutMs: 10_000,
  writeTimeoutMs: 60_000,
  readTimeoutMs: 30_000,
  idleTimeoutMs: 28_800_000,
  maxAllowedPacket: 16 * 1024 * 1024,
  preparedStatementsMax: 16_382,
  outputBufferMax: 64 * 1024,
  inputBufferMax: 64 * 1024,
};
