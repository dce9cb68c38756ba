import { Tally } from '@sealane/metrics';
import { shortText } from './short-text.ts';

/** One attempt to log in, as GV$OB_LOGIN_AUDIT shows it. Nothing in it is a secret. */
export interface LoginAttempt {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** 0 and the name as sent for a tenant that isn't there. */
  readonly tenantId: number;
  readonly tenant: string;
  readonly user: string;
  /** Host part of the account that matched; undefined when none did. */
  readonly accountHost: string | undefined;
  readonly clientHost: string;
  readonly clientPort: number;
  readonly connectionId: number;
  /** What the client offered, and what it had to use in the end. */
  readonly clientPlugin: string;
  readonly plugin: string;
  readonly tlsProtocol: string | undefined;
  readonly tlsCipher: string | undefined;
  /** One-line names of the client's certificate. */
  readonly subject: string | undefined;
  readonly issuer: string | undefined;
  readonly driver: string;
  readonly driverVersion: string;
  /** 0 for a login that was accepted; otherwise what the client was told. */
  readonly errno: number;
  /** OceanBase's words for what failed; empty when nothing did. */
  readonly reason: string;
}

/** The last attempts on this node, the oldest first. */
export class LoginAudit {
  readonly #attempts: LoginAttempt[] = [];
  readonly #attemptsMax: number;
  /** All since the start, by error number. */
  readonly #verdicts = new Tally();
  #next = 0;

  constructor(attemptsMax = 10_000) {
    this.#attemptsMax = attemptsMax;
  }

  record(attempt: LoginAttempt): void {
    this.#attempts[this.#next] = shortened(attempt);
    this.#verdicts.add(String(attempt.errno));
    this.#next = (this.#next + 1) % this.#attemptsMax;
  }

  /** Attempts since the start by the error number they were answered with; 0: they got in. */
  counts(): readonly (readonly [errno: string, count: number])[] {
    return this.#verdicts.entries();
  }

  attempts(): readonly LoginAttempt[] {
    return [...this.#attempts.slice(this.#next), ...this.#attempts.slice(0, this.#next)];
  }
}

/** Names come from strangers, those of certificates too: a row stays small whatever they send. */
const nameLengthMax = 128;
/** Of a certificate's names, and of a reason that may quote them. */
const textLengthMax = 512;

function shortened(attempt: LoginAttempt): LoginAttempt {
  const { subject, issuer } = attempt;
  const short = (text: string): string => shortText(text, nameLengthMax);
  return {
    ...attempt,
    tenant: short(attempt.tenant),
    user: short(attempt.user),
    clientPlugin: short(attempt.clientPlugin),
    plugin: short(attempt.plugin),
    driver: short(attempt.driver),
    driverVersion: short(attempt.driverVersion),
    subject: subject === undefined ? undefined : shortText(subject, textLengthMax),
    issuer: issuer === undefined ? undefined : shortText(issuer, textLengthMax),
    reason: shortText(attempt.reason, textLengthMax),
  };
}
