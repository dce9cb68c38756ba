import { Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { isObError, type ObError } from '@sealane/errors';
import {
  type Encrypter,
  encodePacket,
  encodePayload,
  FrameDecoder,
  pcodes,
  type SecureFacts,
} from '@sealane/ob-rpc';
import { AcceptedConnection } from '../../../packages/ob-rpc/src/accepted-connection.ts';
import { encodeUsslNegotiation, USSL_NEGOTIATION_SIZE } from '../../../packages/ob-rpc/src/negotiation.ts';
import { decodePacket } from '../../../packages/ob-rpc/src/packet.ts';
import type { Chance } from '../../simulation/random.ts';
import { pieces } from '../pieces.ts';
import { must, refusal, type Target } from '../target.ts';
import { listOf } from '../values.ts';
import { someStart } from './rpc-first-bytes.ts';
import { repairFrames, somePacket } from './rpc-frame.ts';

/** One accepted connection to the RPC port, from its first byte to its end: byte 0 has options, then what the stranger sends. */
export const rpcLink: Target = {
  name: 'rpc-link',
  inputSizeMax: 64 * 1024,
  tokens: [encodeUsslNegotiation('SSL_IO'), encodeUsslNegotiation('NONE'), Uint8Array.of(0x16, 3, 1, 0, 5)],
  generate(chance: Chance): Uint8Array {
    const start = chance.happens(0.6) ? encodeUsslNegotiation('NONE') : someStart(chance);
    const requests = listOf(chance, 6, () => request(chance));
    return Uint8Array.from([
      chance.below(8),
      ...start,
      ...(chance.happens(0.9) ? identify() : []),
      ...Buffer.concat(requests),
    ]);
  },
  repair(input) {
    const bytes = Uint8Array.from(input);
    const at = Buffer.from(bytes).indexOf(frameMagic);
    if (at > 0) bytes.set(repairFrames(bytes.subarray(at)), at);
    return bytes;
  },
  async run(input) {
    const options = input[0] ?? 0;
    const rest = input.subarray(1);
    const socket = new MemorySocket();
    const { promise: closed, resolve } = Promise.withResolvers<ObError | undefined>();
    const events = new Set<string>();
    const connection = accept(socket, options, events, resolve);
    for (const piece of (options & option.pieces) === 0 ? [rest] : pieces(rest).slice(0, piecesMax)) {
      socket.push(piece);
      await turn();
    }
    await turn();
    connection.close();
    const why = await closed;
    mustBeAnswers(Buffer.concat(socket.written));
    return `${[...events].join()} ${why === undefined ? 'closed' : refusal(why)}`;
  },
};

const option = { plain: 1, encrypted: 2, pieces: 4 } as const;
const piecesMax = 200;
const frameMagic = Buffer.of(0x01, 0xdb, 0xdb, 0xce);
const self = { server: '10.0.0.1:2882', identity: 'observer', clusterName: 'c', clusterId: 1 };
const echo = 0x7;
const stream = 0x8;
const fails = 0x9;

class MemorySocket extends Duplex {
  readonly written: Buffer[] = [];

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.written.push(chunk);
    done();
  }
}

function accept(
  socket: Duplex,
  options: number,
  events: Set<string>,
  onClosed: (why: ObError | undefined) => void,
): AcceptedConnection {
  const note = (event: string) => () => void events.add(event);
  const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: mustBeOurs };
  return new AcceptedConnection({
    socket,
    remoteAddress: '10.0.0.9:1',
    admission: {
      plain: (options & option.plain) !== 0,
      encrypted: (options & option.encrypted) !== 0,
      reason: 'the policy of this run',
    } as ConstructorParameters<typeof AcceptedConnection>[0]['admission'],
    self,
    handlers: new Map<number, (request: { readonly body: unknown }) => unknown>([
      [echo, ({ body }) => body],
      [stream, streamed],
      [fails, () => Promise.reject(new RangeError('a handler of the fuzzer'))],
    ]),
    encrypter: noEncryption,
    record: {
      securing: note('securing'),
      secured: note('secured'),
      authenticated: note('authenticated'),
      established: note('established'),
      written: () => undefined,
      failed: note('failed'),
      identified: note('identified'),
      closed: () => undefined,
    },
    logger: quiet,
    timings: { firstBytesTimeoutMs: 5_000, secureTimeoutMs: 5_000, deadAfterMs: 5_000, pingEveryMs: 5_000 },
    frameSizeMax: 48 * 1024,
    requestsInFlightMax: 100,
    onOpened: (method) => events.add(method),
    onIdentified: () => undefined,
    onClosed,
    onGone: () => undefined,
  });
}

async function* streamed(): AsyncGenerator<number> {
  for (let item = 0; item < 20; item++) yield item;
}

/** The bytes behind a handshake are what is fuzzed here: it does nothing. */
const noEncryption: Encrypter = {
  secureInbound: async (socket) => ({ stream: socket, facts: noFacts }),
  secureOutbound: async (socket) => ({ stream: socket, facts: noFacts }),
  authenticateInbound: async () => ({ facts: noFacts }),
  authenticateOutbound: async () => ({ facts: noFacts }),
};

const noFacts: SecureFacts = {
  protocol: 'TLSv1.3',
  cipher: 'x',
  keyExchange: undefined,
  localCertificate: undefined,
  peerCertificate: undefined,
  verifyResult: 'OK',
};

/** The one handler that fails as no program's should is logged; nothing else may be. */
function mustBeOurs(fields: object): void {
  const { err } = fields as { readonly err?: unknown };
  must(
    err instanceof RangeError && err.message.includes('of the fuzzer'),
    `logged as an error: ${String(err)}`,
  );
}

/** Whatever was asked, what is answered are frames. */
function mustBeAnswers(bytes: Buffer): void {
  const negotiation = encodeUsslNegotiation('NONE').subarray(0, 8);
  const answered = bytes.subarray(0, negotiation.length).equals(negotiation);
  const decoder = new FrameDecoder();
  try {
    for (const { payload } of decoder.push(bytes.subarray(answered ? USSL_NEGOTIATION_SIZE : 0)))
      decodePacket(payload);
  } catch (error) {
    must(false, `the answer is no frame: ${isObError(error) ? error.message : String(error)}`);
  }
  must(decoder.pendingSize === 0, 'the answer ends within a frame');
}

function identify(): Buffer {
  const who = { server: '10.0.0.9:2882', identity: 'observer', clusterName: 'c', clusterId: 1 };
  return encodePacket(1, { pcode: pcodes.LINK_IDENTIFY }, encodePayload(who));
}

function request(chance: Chance): Buffer {
  if (chance.happens(0.3)) return somePacket(chance, encodePayload(chance.below(20)));
  const pcode = chance.pick([
    echo,
    stream,
    fails,
    pcodes.LINK_PING,
    pcodes.STREAM_CREDIT,
    pcodes.STREAM_CANCEL,
  ]);
  const flags = pcode === stream ? 1 << 14 : chance.pick([0, 0, 1 << 10, 1 << 14]);
  return encodePacket(
    chance.below(4),
    { pcode, flags, timeoutUs: 1_000_000n },
    encodePayload(chance.below(30)),
  );
}
