import type { X509Certificate } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { ObError } from '@sealane/errors';
import { type ByteStream, ClientSession } from '@sealane/mysql-protocol';
import { certificateFacts, tlsOptions } from '@sealane/transport-security';

const CONNECT_TIMEOUT_MS = 2_000;
/** STOP SERVER may wait for leaders to leave before it answers. */
const STATEMENT_TIMEOUT_MS = 30_000;

/** A row of texts, in the order of the columns; NULL as null. */
export type SqlRow = readonly (string | null)[];

/** What the controller needs of a MySQL connection. */
export interface SqlConnection {
  /** False once the connection broke: open another one. */
  readonly usable: boolean;
  /** Undefined when the connection is in clear. */
  readonly encryption: { readonly protocol: string; readonly cipher: string } | undefined;
  /** @throws ObError what the server answered, or that the connection broke */
  query(text: string): Promise<readonly SqlRow[]>;
  close(): void;
}

export interface DialOptions {
  readonly host: string;
  readonly port: number;
  /** With the tenant: `root@sys`. */
  readonly user: string;
  readonly password: string;
  /** PEM. When the server offers TLS its certificate must come from this CA; without it the connection stays in clear. */
  readonly ca: string | undefined;
  /** The address that the server's certificate must name, where it is not the one dialled: published ports. */
  readonly identity?: string;
  /**
   * SHA-256 of certificates that are known to be the server's own, because they were read from its wallet: believed
   * whatever else speaks against them, so that an expired certificate doesn't keep its cure away. Asked only when one
   * isn't believed otherwise.
   */
  readonly pinned?: () => Promise<readonly string[]>;
}

/**
 * Logs in, over TLS where the server offers it.
 *
 * @throws ObError OB_CONNECT_ERROR or OB_TIMEOUT when there is no connection, otherwise what the server answered
 */
export async function dial(options: DialOptions): Promise<SqlConnection> {
  const { host, port, user, password, ca } = options;
  const socket = await open(host, port);
  let encryption: SqlConnection['encryption'];
  const session = await ClientSession.open(socket, {
    user,
    password,
    tls: ca === undefined ? 'off' : 'preferred',
    timeoutMs: STATEMENT_TIMEOUT_MS,
    attributes: new Map([
      ['_client_name', 'cluster-controller'],
      ['program_name', 'cluster-controller'],
    ]),
    secure: async () => {
      const secured = await secure(socket, {
        ca: ca ?? '',
        identity: options.identity ?? host,
        pinned: options.pinned ?? (async () => []),
      });
      encryption = secured.encryption;
      return secured.stream;
    },
  });
  return {
    get usable() {
      return session.usable;
    },
    encryption,
    query: async (text) => (await session.query(text)).rows,
    close: () => session.close(),
  };
}

function open(host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true });
    const timer = setTimeout(() => {
      socket.destroy();
      reject(unreachable(host, port, `no connection within ${CONNECT_TIMEOUT_MS / 1000} s`));
    }, CONNECT_TIMEOUT_MS);
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.removeAllListeners('error');
      resolve(socket);
    });
    socket.once('error', (error) => {
      clearTimeout(timer);
      reject(unreachable(host, port, error.message));
    });
  });
}

/** The server's certificate is checked against the CA and the address, the chain first. */
function secure(
  socket: Socket,
  { ca, identity, pinned }: { ca: string; identity: string; pinned: () => Promise<readonly string[]> },
): Promise<{ stream: ByteStream; encryption: SqlConnection['encryption'] }> {
  return new Promise((resolve, reject) => {
    const refuse = (cause: Error): void => {
      const message = `no TLS with ${identity}: ${cause.message}`;
      reject(new ObError('OB_CONNECT_ERROR', [], { message, cause }));
    };
    const stream = connectTls(
      { ...tlsOptions(), socket, ca, host: identity, rejectUnauthorized: false },
      async () => {
        const certificate = stream.getPeerX509Certificate();
        if (!stream.authorized && !(await isPinned(certificate, pinned))) {
          stream.destroy();
          refuse(new Error(String(stream.authorizationError)));
          return;
        }
        const encryption = { protocol: stream.getProtocol() ?? '', cipher: stream.getCipher().name };
        // Until here, asking for the pins included: an error that nobody listens to ends this program.
        stream.removeAllListeners('error');
        resolve({ stream, encryption });
      },
    );
    stream.on('error', refuse);
  });
}

async function isPinned(
  certificate: X509Certificate | undefined,
  pinned: () => Promise<readonly string[]>,
): Promise<boolean> {
  if (certificate === undefined) return false;
  try {
    return (await pinned()).includes(certificateFacts(certificate).sha256);
  } catch {
    return false; // The wallet can't be read: then it proves nothing.
  }
}

function unreachable(host: string, port: number, why: string): ObError {
  return new ObError('OB_CONNECT_ERROR', [], { message: `can't connect to ${host}:${port}: ${why}` });
}
