import { type ErrorName, isObError } from '@sealane/errors';
import type { ProcessState, Server } from './cluster-view.ts';
import type { SqlConnection } from './dialer.ts';

const NO_ANSWER: readonly ErrorName[] = ['OB_SERVER_IS_INIT', 'OB_CONNECT_ERROR', 'OB_TIMEOUT'];

/** Logs in as root of a user tenant. */
export type DialTenant = (server: Server) => Promise<SqlConnection>;

/**
 * Whether a server takes logins of user tenants. After a start the sys tenant answers first; the others are told 8001,
 * "Server is initializing", until their schema is there. Asked until it is so, once for each process.
 */
export class TenantProbe {
  readonly #dial: DialTenant;
  readonly #serving = new Set<string>();

  constructor(dial: DialTenant) {
    this.#dial = dial;
  }

  /** @returns false while the server says that it is initializing, or can't be reached */
  async serves(server: Server, process: ProcessState): Promise<boolean> {
    const key = `${server} ${process.instance}`;
    if (this.#serving.has(key)) return true;
    const serves = await this.#loginIsAnswered(server);
    if (serves) this.#serving.add(key);
    return serves;
  }

  /** A refusal (a wrong password, no such tenant) is an answer, too: it takes the schema to know. */
  async #loginIsAnswered(server: Server): Promise<boolean> {
    try {
      const connection = await this.#dial(server);
      connection.close();
      return true;
    } catch (error) {
      return isObError(error) && !NO_ANSWER.includes(error.name);
    }
  }
}
