/** One attempt to get in as nobody should, and what came of it. Pure. */

/** What was found out about one attempt. */
export interface ProbeResult {
  /** Name and address of who was asked. */
  readonly node: string;
  readonly port: 'RPC' | 'SQL' | 'PROXY';
  readonly address: string;
  /** `plain`, `authenticate-only`, `tls-1.0` … */
  readonly probe: string;
  readonly title: string;
  /** ISO 8601. */
  readonly at: string;
  readonly elapsed_ms: number;
  /** This end's `ip:port`, as the node's ledger has it; null when there was no connection. */
  readonly from: string | null;
  readonly sent: string;
  readonly sent_hex: string | null;
  readonly received: Received;
  /** What the node itself noted about this connection; null when it noted nothing, or could not be asked. */
  readonly node_says: string | null;
  /** What the settings of this moment make one expect, and which. */
  readonly expected: Expectation;
  readonly verdict: Verdict;
  /** The verdict in words. */
  readonly conclusion: string;
}

export interface Received {
  readonly outcome: 'REFUSED' | 'ACCEPTED' | 'UNCLEAR' | 'NOT_MADE';
  /** As what it came. */
  readonly how: 'TLS alert' | 'error packet' | 'close' | 'answer' | 'silence' | 'no connection' | 'nothing';
  readonly text: string;
  /** The first bytes; null when none came in a form that could be kept. */
  readonly hex: string | null;
}

export interface Expectation {
  /** UNKNOWN: no setting that could be read says anything about it. */
  readonly outcome: 'REFUSED' | 'ACCEPTED' | 'UNKNOWN';
  readonly because: string;
}

/**
 * - `refused`: as the settings demand. The only one that proves anything.
 * - `open`: let in, and no setting forbids it.
 * - `unexpected`: the settings say one thing and the node does the other.
 * - `unclear`: whatever happened does not show whether it would be let in.
 * - `not made`: nothing was sent, for the reason given.
 */
export type Verdict = 'refused' | 'open' | 'unexpected' | 'unclear' | 'not made';

/** @param controlled  whether the same attempt with good papers got in a moment ago; a refusal proves nothing otherwise */
export function judge(
  received: Received,
  expected: Expectation,
  controlled: boolean,
): { readonly verdict: Verdict; readonly conclusion: string } {
  const { outcome } = received;
  if (outcome === 'NOT_MADE') return { verdict: 'not made', conclusion: received.text };
  if (outcome === 'UNCLEAR') return { verdict: 'unclear', conclusion: `it shows nothing: ${received.text}` };
  if (outcome === 'ACCEPTED') {
    return expected.outcome === 'REFUSED'
      ? { verdict: 'unexpected', conclusion: `let in, although it must be refused: ${expected.because}` }
      : { verdict: 'open', conclusion: `let in; nothing forbids it: ${expected.because}` };
  }
  if (!controlled)
    return { verdict: 'unclear', conclusion: 'refused, but so was the same attempt with good papers' };
  if (expected.outcome === 'ACCEPTED')
    return {
      verdict: 'unexpected',
      conclusion: `refused, although it should be let in: ${expected.because}`,
    };
  return { verdict: 'refused', conclusion: `refused, as it must be: ${expected.because}` };
}

/** An attempt that can't be made here. */
export function notMade(why: string): Received {
  return { outcome: 'NOT_MADE', how: 'nothing', text: why, hex: null };
}

const SHOWN_BYTES_MAX = 48;

/** Two digits a byte, at most 48 bytes; null for none. */
export function hexOf(bytes: Uint8Array): string | null {
  if (bytes.length === 0) return null;
  const shown = Buffer.from(bytes.subarray(0, SHOWN_BYTES_MAX)).toString('hex');
  return bytes.length > SHOWN_BYTES_MAX ? `${shown}… (${bytes.length} bytes)` : shown;
}
