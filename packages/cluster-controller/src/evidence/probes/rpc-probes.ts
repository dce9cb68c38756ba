import {
  decodePacket,
  decodePayload,
  encodePacket,
  encodePayload,
  encodeUsslNegotiation,
  FrameDecoder,
  pcodes,
  usslMethods,
} from '@sealane/ob-rpc';
import {
  dialProbe,
  type Heard,
  type Papers,
  type ProbeAddress,
  type ProbeSocket,
  startTls,
} from './dialer.ts';
import { hexOf, type Received } from './probe.ts';
import { clientHello, type OldVersion, readHelloAnswer } from './tls-records.ts';

/** An attempt, as far as the wire goes. */
export interface Attempt {
  readonly from: string | null;
  readonly sent: string;
  readonly sentHex: string | null;
  readonly received: Received;
}

/** Refusals come at once; this is for a node that is busy. */
export const ANSWER_TIMEOUT_MS = 3_000;

/** Who asks for an introduction like this is told so, or hung up on; nothing comes of it either way. */
const IDENTIFICATION = { identity: 'cluster-controller report', clusterName: 'evidence-probe', clusterId: 0 };

/** A request in clear: the first frame of a link, of a cluster that isn't this one. */
export async function plainFrame(address: ProbeAddress): Promise<Attempt> {
  const frame = identifyFrame();
  const sent = `an OB-RPC frame in clear (LINK_IDENTIFY, ${frame.length} bytes)`;
  return attempt(address, sent, frame, async (socket) => {
    socket.send(frame);
    return frameAnswer(await socket.hear(holdsFrame, ANSWER_TIMEOUT_MS), 'in clear');
  });
}

/** Certificates, then clear text: the negotiation that asks for it. */
export async function authenticateOnly(address: ProbeAddress): Promise<Attempt> {
  const message = encodeUsslNegotiation('SSL_NO_ENCRYPT');
  return attempt(address, 'a negotiation for SSL_NO_ENCRYPT', message, async (socket) => {
    socket.send(message);
    const heard = await socket.hear((bytes) => bytes.length >= message.length, ANSWER_TIMEOUT_MS);
    if (heard.kind !== 'found') return withoutAnswer(heard);
    const method = heard.bytes.readInt32LE(12);
    if (method === usslMethods.SSL_NO_ENCRYPT)
      return answer('ACCEPTED', 'the negotiation was agreed to: SSL_NO_ENCRYPT', heard.bytes);
    return answer('UNCLEAR', `the negotiation was answered with method ${method}`, heard.bytes);
  });
}

export async function oldTls(address: ProbeAddress, version: OldVersion): Promise<Attempt> {
  const hello = clientHello(version);
  return attempt(address, `a TLS client hello, ${version} at most`, hello, (socket) =>
    sendHello(socket, hello),
  );
}

/** TLS with these papers, then the first frame of a link. */
export async function certificate(
  address: ProbeAddress,
  papers: Papers | undefined,
  shown: string,
): Promise<Attempt> {
  const sent = `a TLS handshake showing ${shown}, then an OB-RPC frame`;
  return attempt(address, sent, undefined, async (plain) => {
    const socket = startTls(plain, papers);
    try {
      socket.send(identifyFrame());
      return frameAnswer(await socket.hear(holdsFrame, ANSWER_TIMEOUT_MS), `over ${socket.tls ?? 'TLS'}`);
    } finally {
      socket.destroy();
    }
  });
}

export async function sendHello(socket: ProbeSocket, hello: Buffer): Promise<Received> {
  socket.send(hello);
  const heard = await socket.hear((bytes) => readHelloAnswer(bytes).kind !== 'incomplete', ANSWER_TIMEOUT_MS);
  if (heard.kind !== 'found') return withoutAnswer(heard);
  const read = readHelloAnswer(heard.bytes);
  if (read.kind === 'alert') return alertReceived(read.level, read.name, heard.bytes);
  if (read.kind === 'server-hello') return answer('ACCEPTED', `a server hello: ${read.version}`, heard.bytes);
  return answer('UNCLEAR', 'something that is no TLS', heard.bytes);
}

/** Only the alert that names the version refuses the version; others may have any reason. */
function alertReceived(level: string, name: string, bytes: Buffer): Received {
  const refused = name.startsWith('protocol_version');
  return {
    outcome: refused ? 'REFUSED' : 'UNCLEAR',
    how: 'TLS alert',
    text: `${level} alert ${name}`,
    hex: hexOf(bytes),
  };
}

/** Opens a connection, makes the attempt, and hangs up whatever came of it. */
export async function attempt(
  address: ProbeAddress,
  sent: string,
  bytes: Buffer | undefined,
  make: (socket: ProbeSocket) => Promise<Received>,
): Promise<Attempt> {
  const sentHex = bytes === undefined ? null : hexOf(bytes);
  const socket = await dialProbe(address);
  if (typeof socket === 'string') {
    const received: Received = { outcome: 'UNCLEAR', how: 'no connection', text: socket, hex: null };
    return { from: null, sent: 'nothing', sentHex: null, received };
  }
  try {
    return { from: socket.from, sent, sentHex, received: await make(socket) };
  } finally {
    socket.destroy();
  }
}

/** The ways to say no without a word. Silence is none: who says nothing may still be thinking. */
export function withoutAnswer(heard: Exclude<Heard, { kind: 'found' }>): Received {
  const hex = hexOf(heard.bytes);
  const after = heard.bytes.length === 0 ? 'without a byte' : `after ${heard.bytes.length} bytes`;
  if (heard.kind === 'silence')
    return { outcome: 'UNCLEAR', how: 'silence', text: `nothing that could be read, ${after}`, hex };
  if (heard.kind === 'closed') return { outcome: 'REFUSED', how: 'close', text: `closed ${after}`, hex };
  if (heard.code.includes('ALERT'))
    return { outcome: 'REFUSED', how: 'TLS alert', text: alertText(heard.code, heard.why), hex };
  if (heard.code === 'ECONNRESET' || heard.code === 'EPIPE')
    return { outcome: 'REFUSED', how: 'close', text: `closed ${after} (${heard.code})`, hex };
  return { outcome: 'UNCLEAR', how: 'close', text: heard.why, hex };
}

/** `ERR_SSL_TLSV1_ALERT_UNKNOWN_CA` as OpenSSL names it. */
export function alertText(code: string, why: string): string {
  const name = /ALERT_(.+)$/.exec(code)?.[1]?.toLowerCase();
  return name === undefined ? why : `alert ${name}`;
}

function identifyFrame(): Buffer {
  return encodePacket(1, { pcode: pcodes.LINK_IDENTIFY }, encodePayload(IDENTIFICATION));
}

function holdsFrame(bytes: Buffer): boolean {
  try {
    return new FrameDecoder().push(bytes).length > 0;
  } catch {
    return true; // Something else: it won't become a frame any more.
  }
}

/** Whatever a node answers to a frame, it has read it: that is what must not happen. */
function frameAnswer(heard: Heard, how: string): Received {
  if (heard.kind !== 'found') return withoutAnswer(heard);
  try {
    const [frame] = new FrameDecoder().push(heard.bytes);
    const body: unknown = decodePayload(decodePacket(frame?.payload ?? Buffer.alloc(0)).body);
    const [code, message] = Array.isArray(body) ? (body as unknown[]) : [];
    return answer(
      'ACCEPTED',
      `the frame was read and answered ${how}: ${String(code)} ${String(message)}`,
      heard.bytes,
    );
  } catch {
    return answer('UNCLEAR', 'an answer that is no OB-RPC frame', heard.bytes);
  }
}

function answer(outcome: Received['outcome'], text: string, bytes: Buffer): Received {
  return { outcome, how: 'answer', text, hex: hexOf(bytes) };
}
