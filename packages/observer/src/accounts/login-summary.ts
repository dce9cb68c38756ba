import type { TlsFacts } from '../mysql-front/index.ts';
import { shortText } from './short-text.ts';

/** Who logged in to this node, from where, with which driver, and how it came. Times in milliseconds since 1970. */
export interface LoginSummary {
  readonly tenant: string;
  readonly user: string;
  /** Host part of the account that matched: `%`. */
  readonly accountHost: string;
  /** The client's address. */
  readonly clientHost: string;
  /** As the client says in its connection attributes: `libmariadb`; empty when it says nothing. */
  readonly driver: string;
  readonly driverVersion: string;
  readonly lastSeenAt: number;
  /** Undefined when it never came without TLS. */
  readonly lastSeenInClearAt: number | undefined;
  /** One-line name; undefined when it last came without a certificate. */
  readonly lastCertificateSubject: string | undefined;
}

/** One accepted login. */
export interface AcceptedLogin {
  readonly tenant: string;
  readonly user: string;
  readonly accountHost: string;
  readonly clientHost: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly tls: TlsFacts | undefined;
}

/** One row for each tenant, user, account, client and driver seen since this node started; the longest unseen makes room. */
export class LoginSummaries {
  readonly #rows = new Map<string, LoginSummary>();
  readonly #rowsMax: number;
  readonly #now: () => number;

  constructor({ rowsMax = defaultRowsMax, now = Date.now } = {}) {
    this.#rowsMax = rowsMax;
    this.#now = now;
  }

  record({ tenant, user, accountHost, clientHost, attributes, tls }: AcceptedLogin): void {
    const { driver, driverVersion } = driverOf(attributes);
    const key = JSON.stringify([tenant, user, accountHost, clientHost, driver, driverVersion]);
    const before = this.#rows.get(key);
    const now = this.#now();
    // Deleted and set again, so that the map's order is that of the last logins.
    this.#rows.delete(key);
    this.#rows.set(key, {
      tenant,
      user,
      accountHost,
      clientHost,
      driver,
      driverVersion,
      lastSeenAt: now,
      lastSeenInClearAt: tls === undefined ? now : before?.lastSeenInClearAt,
      lastCertificateSubject: tls?.peer?.subject,
    });
    if (this.#rows.size > this.#rowsMax) this.#dropOldest();
  }

  /** The longest unseen first. */
  rows(): readonly LoginSummary[] {
    return [...this.#rows.values()];
  }

  #dropOldest(): void {
    const [oldest] = this.#rows.keys();
    if (oldest !== undefined) this.#rows.delete(oldest);
  }
}

/** Half a megabyte and more, when names are short. */
const defaultRowsMax = 4_096;
/** Attributes are the client's own words: no row gets larger than this. */
const driverLengthMax = 64;

/** @returns name and version of the client's library, as MySQL's drivers tell them */
export function driverOf(attributes: ReadonlyMap<string, string>): {
  readonly driver: string;
  readonly driverVersion: string;
} {
  const driver = attributes.get('_client_name') ?? attributes.get('__mysql_client_type') ?? '';
  const version = attributes.get('_client_version') ?? '';
  return { driver: shortText(driver, driverLengthMax), driverVersion: shortText(version, driverLengthMax) };
}
