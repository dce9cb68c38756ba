import { ObError } from '@sealane/errors';
import { decodeAuthSwitch, performFullAuthentication } from '@sealane/mysql-protocol';

/** What a client answers for a plugin. */
interface Credentials {
  readonly plugin: string;
  readonly authResponse: Uint8Array;
}

/**
 * What servers ask of a client about its password. The first time the client answers, and the answer is kept: the next server
 * asks when the client has long been let in, and takes the same one, since it is for the proxy's scramble.
 */
export class LoginExchange {
  readonly #askClient: (payload: Uint8Array) => Promise<Uint8Array | undefined>;
  readonly #answers = new Map<string, Uint8Array | undefined>();
  readonly #clientEncrypted: boolean;
  #credentials: Credentials | undefined;
  #clientListens = true;

  /**
   * @param askClient  an auth switch, or more of an exchange; undefined where no answer is due
   * @param clientEncrypted  the client came over TLS
   */
  constructor(askClient: (payload: Uint8Array) => Promise<Uint8Array | undefined>, clientEncrypted: boolean) {
    this.#askClient = askClient;
    this.#clientEncrypted = clientEncrypted;
  }

  /** What to say first at the next server: what the last one wanted. Empty while nobody asked. */
  get credentials(): Partial<Credentials> {
    return this.#credentials ?? {};
  }

  /** It is let in: it can't be asked any more. */
  overForClient(): void {
    this.#clientListens = false;
  }

  /**
   * @param serverEncrypted  whether the link to the server that asks is
   * @throws ObError ER_NOT_SUPPORTED_AUTH_MODE for a question that the client can't be asked now, or mustn't
   */
  async ask(payload: Uint8Array, serverEncrypted: boolean): Promise<Uint8Array | undefined> {
    const question = Buffer.from(payload).toString('latin1');
    this.#mustNotGoClear(payload, serverEncrypted);
    if (this.#answers.has(question)) return this.#answers.get(question);
    if (!this.#clientListens) {
      throw new ObError('ER_NOT_SUPPORTED_AUTH_MODE', [], {
        message: 'the server asks for the password again, and the client can’t be asked: log in anew',
      });
    }
    const answer = await this.#askClient(payload);
    this.#answers.set(question, answer);
    if (payload[0] === authSwitchHeader && answer !== undefined)
      this.#credentials = { plugin: decodeAuthSwitch(payload).plugin, authResponse: answer };
    return answer;
  }

  /** Asked for all of a caching_sha2_password, a client with TLS sends it as it is. */
  #mustNotGoClear(payload: Uint8Array, serverEncrypted: boolean): void {
    const asksForAll = payload[0] === moreDataHeader && payload[1] === performFullAuthentication;
    if (!asksForAll || !this.#clientEncrypted || serverEncrypted) return;
    throw new ObError('ER_NOT_SUPPORTED_AUTH_MODE', [], {
      message:
        'the password came over TLS and would go on to the server in clear: set enable_server_ssl to True on the proxy',
    });
  }
}

const moreDataHeader = 0x01;

const authSwitchHeader = 0xfe;
