/**
 * What the ladder waits for, and for how long. A gate's time counts from when its reason first shows; what is missing is named while
 * it is waited for and when the time is over.
 */

export interface Gate {
  readonly timeoutMs: number;
  /** After the deadline: `refuse` where going on would be unsafe, `fail` where something did not come. */
  readonly onTimeout: 'refuse' | 'fail';
}

export const gates = {
  /** Every node answers and lists itself. */
  answers: { timeoutMs: 10_000, onTimeout: 'fail' },
  /** Every ordered pair of nodes has a link. */
  links: { timeoutMs: 10_000, onTimeout: 'fail' },
  /** Every node shows the value of a parameter that was set, and has done what it asks. */
  parameter: { timeoutMs: 15_000, onTimeout: 'fail' },
  /** The proxies answer and show what was set. */
  proxy: { timeoutMs: 15_000, onTimeout: 'fail' },
  /** No proxy has a link in clear to a server left. */
  'proxy links': { timeoutMs: 30_000, onTimeout: 'fail' },
  /** Every other node serves and every log stream keeps a majority in sync: asked before each stop, and before links are renewed. */
  stop: { timeoutMs: 30_000, onTimeout: 'refuse' },
  /** The server that was stopped shows its STOP_TIME. */
  stopped: { timeoutMs: 15_000, onTimeout: 'fail' },
  /** Leaders have left the stopped server. */
  leaders: { timeoutMs: 15_000, onTimeout: 'fail' },
  /** The node in hand answers. */
  serve: { timeoutMs: 30_000, onTimeout: 'fail' },
  /** The server that was started shows no STOP_TIME. */
  started: { timeoutMs: 15_000, onTimeout: 'fail' },
  /** On every node: ACTIVE, started, in sync; its links in the wanted mode, by the ledgers of both ends. */
  rejoin: { timeoutMs: 60_000, onTimeout: 'fail' },
  /** The canary stays as it came back for the time of the soak. */
  soak: { timeoutMs: 10_000, onTimeout: 'fail' },
  /** The links that a server was told to renew are in the wanted mode, and the old ones are gone. */
  renewed: { timeoutMs: 30_000, onTimeout: 'fail' },
  /** Every link is in the wanted mode after the roll. */
  verify: { timeoutMs: 10_000, onTimeout: 'fail' },
  /** Nobody would be locked out by what is going to be required. */
  readiness: { timeoutMs: 3_000, onTimeout: 'refuse' },
  /** What is required is shown by every node, for every tenant. */
  require: { timeoutMs: 15_000, onTimeout: 'fail' },
  /** The cluster can carry out a statement that it has refused for now: it has no leader, or the connection broke. */
  statement: { timeoutMs: 30_000, onTimeout: 'fail' },
} as const satisfies Readonly<Record<string, Gate>>;

export type GateName = keyof typeof gates;

/** How often, and for how long at least, the same decision must be reached before it is carried out. */
export interface Steadiness {
  readonly readings: number;
  readonly spanMs: number;
}

/** For what takes nothing away. */
export const atOnce: Steadiness = { readings: 1, spanMs: 0 };
/** Before a node is stopped, and before it counts as back: one good reading may be a stale one. */
export const beforeStop: Steadiness = { readings: 3, spanMs: 200 };
/** Before the whole is called done. */
export const beforeDone: Steadiness = { readings: 3, spanMs: 400 };
