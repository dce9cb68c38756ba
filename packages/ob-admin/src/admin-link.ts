import { ObError } from '@sealane/errors';
import { DialledLink, type Encrypter, noEncrypter, noLedger, pcodes, type ViewAnswer } from '@sealane/ob-rpc';

export interface AdminLinkOptions {
  readonly host: string;
  /** The server's RPC port. */
  readonly port: number;
  /** Of one request, the opening of the link included. */
  readonly timeoutMs: number;
  /** Undefined: in clear, as nobody. */
  readonly encrypter: Encrypter | undefined;
}

/** The program's name in a server's ledger and log. */
const IDENTITY = 'ob_admin';

/** A link to one server, without the rest of its cluster: it may be the only one that is left. */
export class AdminLink {
  readonly #options: AdminLinkOptions;
  readonly #link: DialledLink;

  constructor(options: AdminLinkOptions) {
    const { host, port, encrypter } = options;
    this.#options = options;
    this.#link = new DialledLink({
      peer: { host, port },
      self: { server: undefined, identity: IDENTITY, clusterName: '', clusterId: 0 },
      plan: () => ({ generation: 'ussl', method: encrypter === undefined ? 'NONE' : 'SSL_IO' }),
      encrypter: encrypter ?? noEncrypter,
      watcher: noLedger,
      logger: silent,
    });
  }

  /** Rows of one of the server's views, `V$OB_LINKS` for instance. @throws ObError as `call` */
  async readView(view: string): Promise<ViewAnswer> {
    const answer = (await this.call(pcodes.VIEW_READ, { view })) as Partial<ViewAnswer> | null;
    if (Array.isArray(answer?.columns) && Array.isArray(answer.rows)) return answer as ViewAnswer;
    throw new ObError('OB_RPC_PACKET_INVALID', [], {
      message: 'the server answered with something that is no table',
    });
  }

  /** @throws ObError the server's own; OB_CONNECT_ERROR with what to do when it doesn't let us in */
  async call(
    pcode: number,
    body: unknown,
    tenantId = 1,
    timeoutMs = this.#options.timeoutMs,
  ): Promise<unknown> {
    try {
      return await this.#link.call(pcode, body, { timeoutMs, tenantId });
    } catch (error) {
      throw this.#explained(error);
    }
  }

  async close(): Promise<void> {
    await this.#link.close();
  }

  /** Who was refused in the handshake has no answer to read: then the reason is in the server's log only. */
  #explained(error: unknown): unknown {
    const { lastError } = this.#link.status();
    if (lastError === undefined) return error;
    const wordless = lastError.message.includes('closed');
    const advice =
      this.#options.encrypter === undefined
        ? '; where it takes no clear text (rpc_server_authentication_method), give -s intl and a client certificate in wallet/'
        : '; its log says why: the certificate in wallet/ must come from a CA that it trusts';
    return new ObError('OB_CONNECT_ERROR', [], {
      message: `no link to the server: ${lastError.message}${wordless ? advice : ''}`,
      cause: error,
    });
  }
}

const silent = { debug() {}, info() {}, warn() {}, error() {} };
