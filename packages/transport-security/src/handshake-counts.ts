import { isObError } from '@sealane/errors';

/** How a handshake ended. `peer_closed`: the reason is in the peer's log. */
export type HandshakeResult =
  | 'ok'
  | 'timeout'
  | 'peer_closed'
  | 'protocol'
  | 'no_certificate'
  | 'expired'
  | 'not_yet_valid'
  | 'revoked'
  | 'untrusted'
  | 'wrong_name'
  | 'not_loaded';

export interface HandshakeCount {
  readonly kind: 'RPC' | 'SQL';
  readonly direction: 'IN' | 'OUT';
  readonly result: HandshakeResult;
  readonly count: number;
}

/** The handshakes of one TransportSecurity since it began, by their end. */
export class HandshakeCounts {
  readonly #counts = new Map<string, { -readonly [Name in keyof HandshakeCount]: HandshakeCount[Name] }>();

  /** Waits for a handshake and counts it. Throws what it throws. */
  async of<Value>(
    kind: HandshakeCount['kind'],
    direction: HandshakeCount['direction'],
    handshake: () => Promise<Value>,
  ): Promise<Value> {
    try {
      const value = await handshake();
      this.#add(kind, direction, 'ok');
      return value;
    } catch (error) {
      this.#add(kind, direction, refusalOf(error));
      throw error;
    }
  }

  list(): readonly HandshakeCount[] {
    return [...this.#counts.values()].map((count) => ({ ...count }));
  }

  #add(kind: HandshakeCount['kind'], direction: HandshakeCount['direction'], result: HandshakeResult): void {
    const key = `${kind} ${direction} ${result}`;
    const known = this.#counts.get(key);
    if (known === undefined) this.#counts.set(key, { kind, direction, result, count: 1 });
    else known.count += 1;
  }
}

/** Of OpenSSL's verdict on a certificate chain. */
export function refusalOfVerdict(verdict: string): HandshakeResult {
  switch (verdict) {
    case 'NO_CERTIFICATE':
      return 'no_certificate';
    case 'CERT_HAS_EXPIRED':
      return 'expired';
    case 'CERT_NOT_YET_VALID':
      return 'not_yet_valid';
    case 'CERT_REVOKED':
      return 'revoked';
    default:
      return 'untrusted';
  }
}

/** Whoever refuses says why in `details.refusal`; what nobody thought of is the protocol's. */
function refusalOf(error: unknown): HandshakeResult {
  const refusal = isObError(error) ? error.details['refusal'] : undefined;
  return typeof refusal === 'string' ? (refusal as HandshakeResult) : 'protocol';
}
