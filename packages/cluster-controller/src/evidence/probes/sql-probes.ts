import { isObError } from '@sealane/errors';
import {
  type ByteStream,
  ClientSession,
  clientCapabilities,
  decodeHandshake,
  encodeSslRequest,
  flagsOf,
  has,
  PacketDecoder,
  PacketWriter,
} from '@sealane/mysql-protocol';
import { type Papers, type ProbeAddress, startTls } from './dialer.ts';
import { notMade, type Received } from './probe.ts';
import {
  ANSWER_TIMEOUT_MS,
  type Attempt,
  alertText,
  attempt,
  sendHello,
  withoutAnswer,
} from './rpc-probes.ts';
import { clientHello, type OldVersion } from './tls-records.ts';

export interface Login {
  /** With the tenant: `root@sys`. */
  readonly user: string;
  readonly password: string;
}

const PACKET_SIZE_MAX = 64 * 1024;
const ACCESS_DENIED = 1045;
/** MySQL's ER_SECURE_TRANSPORT_REQUIRED. */
const SECURE_TRANSPORT_REQUIRED = 3159;

/**
 * An account that is not there, in clear: whether the tenant takes logins in clear at all shows before any account is looked up.
 * That it was looked up means that it does. No password goes in clear for it, and no account counts as one that comes in clear.
 */
export async function plainStranger(address: ProbeAddress, tenant: string): Promise<Attempt> {
  const login = { user: `evidence_probe@${tenant}`, password: '' };
  const made = await logIn(address, login, 'off', {
    sent: `a login in clear as ${login.user}, who is not there`,
  });
  const { received } = made;
  if (errnoOf(received) === SECURE_TRANSPORT_REQUIRED) return made;
  if (errnoOf(received) !== ACCESS_DENIED) return { ...made, received: unlessCut(received) };
  const text = `${received.text}: the account was looked up, so a login in clear is taken`;
  return { ...made, received: { ...received, outcome: 'ACCEPTED', text } };
}

/** Other errors (too many connections, a tenant that is locked) say nothing about how one came. */
function unlessCut(received: Received): Received {
  return received.how === 'error packet' ? { ...received, outcome: 'UNCLEAR' } : received;
}

function errnoOf({ how, text }: Received): number | undefined {
  return how === 'error packet' ? Number(/^ERR (\d+) /.exec(text)?.[1]) : undefined;
}

/** TLS with these papers, then a login with a good password: what is refused is the certificate. */
export async function certificateLogin(
  address: ProbeAddress,
  login: Login,
  papers: Papers | undefined,
  shown: string,
): Promise<Attempt> {
  const sent = `a TLS handshake showing ${shown}, then a login as ${login.user}`;
  const made = await logIn(address, login, 'required', { sent, papers });
  return errnoOf(made.received) === ACCESS_DENIED ? made : { ...made, received: unlessCut(made.received) };
}

/** An SSLRequest, then a client hello of an old version. */
export async function oldTlsRequest(address: ProbeAddress, version: OldVersion): Promise<Attempt> {
  const hello = clientHello(version);
  return attempt(
    address,
    `an SSLRequest, then a TLS client hello, ${version} at most`,
    hello,
    async (socket) => {
      const greeting = await socket.hear((bytes) => readGreeting(bytes) !== undefined, ANSWER_TIMEOUT_MS);
      if (greeting.kind !== 'found') return { ...withoutAnswer(greeting), outcome: 'UNCLEAR' };
      if (readGreeting(greeting.bytes)?.offersTls !== true) return notMade('TLS is not offered here');
      socket.forget();
      socket.send(sslRequest());
      return sendHello(socket, hello);
    },
  );
}

async function logIn(
  address: ProbeAddress,
  { user, password }: Login,
  tls: 'off' | 'required',
  { sent, papers }: { sent: string; papers?: Papers | undefined },
): Promise<Attempt> {
  return attempt(address, sent, undefined, async (socket) => {
    try {
      const session = await ClientSession.open(socket.socket as ByteStream, {
        user,
        password,
        tls,
        timeoutMs: ANSWER_TIMEOUT_MS,
        attributes: new Map([['program_name', 'cluster-controller report']]),
        secure: async () => startTls(socket, papers).socket as ByteStream,
      });
      session.close();
      return { outcome: 'ACCEPTED', how: 'answer', text: 'OK: logged in', hex: null };
    } catch (error) {
      return loginFailure(error);
    }
  });
}

function loginFailure(error: unknown): Received {
  const none = { hex: null };
  if (!isObError(error)) return { outcome: 'UNCLEAR', how: 'nothing', text: String(error), ...none };
  const { errno, sqlState } = error.details as { readonly errno?: number; readonly sqlState?: string };
  if (errno !== undefined)
    return {
      outcome: 'REFUSED',
      how: 'error packet',
      text: `ERR ${errno} (${sqlState}): ${error.message}`,
      ...none,
    };
  if (error.name === 'OB_TIMEOUT')
    return { outcome: 'UNCLEAR', how: 'silence', text: error.message, ...none };
  const code = codeOf(error.cause);
  if (code.includes('ALERT'))
    return { outcome: 'REFUSED', how: 'TLS alert', text: alertText(code, error.message), ...none };
  if (error.name !== 'OB_CONNECT_ERROR')
    return { outcome: 'UNCLEAR', how: 'nothing', text: error.message, ...none };
  if (code === '' || code === 'ECONNRESET' || code === 'EPIPE')
    return { outcome: 'REFUSED', how: 'close', text: error.message, ...none };
  return { outcome: 'UNCLEAR', how: 'close', text: error.message, ...none };
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : '';
}

/** Undefined until all of it has come; what is no greeting offers nothing. */
function readGreeting(bytes: Buffer): { readonly offersTls: boolean } | undefined {
  const decoder = new PacketDecoder(PACKET_SIZE_MAX);
  try {
    decoder.push(bytes);
    const packet = decoder.next();
    if (packet === undefined) return undefined;
    return { offersTls: has(decodeHandshake(packet.payload).capabilities, 'SSL') };
  } catch {
    return { offersTls: false };
  }
}

function sslRequest(): Uint8Array {
  const writer = new PacketWriter(1);
  const capabilities = (clientCapabilities | flagsOf('SSL', 'PROTOCOL_41', 'SECURE_CONNECTION')) >>> 0;
  encodeSslRequest(writer, { capabilities, packetSizeMax: PACKET_SIZE_MAX, charset: 45 });
  return writer.take();
}
