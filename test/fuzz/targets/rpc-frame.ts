import { isDeepStrictEqual } from 'node:util';
import { isObError } from '@sealane/errors';
import { decodePacket, encodePacket, FRAME_HEADER_SIZE, FrameDecoder } from '@sealane/ob-rpc';
import { crc32c } from '../../../packages/ob-rpc/src/crc32c.ts';
import { FRAME_MAGIC, writeFrameHeader } from '../../../packages/ob-rpc/src/frame.ts';
import { PACKET_HEADER_SIZE } from '../../../packages/ob-rpc/src/packet.ts';
import type { Chance } from '../../simulation/random.ts';
import { mustBeSame, pieces } from '../pieces.ts';
import { must, refusal, type Target } from '../target.ts';
import { listOf, someBytes, someCount, someInteger } from '../values.ts';

/** OB-RPC frames, and the packet in each of them. */
export const rpcFrame: Target = {
  name: 'rpc-frame',
  inputSizeMax: 192 * 1024,
  tokens: [
    Uint8Array.of(0x01, 0xdb, 0xdb, 0xce),
    Uint8Array.of(0x01, 0xdb, 0xdb, 0xcc),
    Uint8Array.of(0x7f, 0xff, 0xff, 0xff),
  ],
  generate(chance: Chance): Uint8Array {
    return Uint8Array.from(Buffer.concat(listOf(chance, 5, () => somePacket(chance))));
  },
  repair: (input) => repairFrames(input),
  run(input) {
    const whole = cut([input]);
    mustBeSame(whole, cut(pieces(input)));
    const last = whole.at(-1);
    return `${Math.min(6, whole.length)} ${typeof last === 'string' ? last : 'whole'}`;
  },
};

const frameSizeMax = 64 * 1024;

export function somePacket(chance: Chance, body: Uint8Array = someBytes(chance, 300)): Buffer {
  const header = {
    pcode: chance.pick([0x1501, 0x502, 0xff01, 0xff02, 0xff03, 0xff04, 0x152, chance.below(0x10000)]),
    priority: chance.below(6),
    flags: chance.below(0x10000),
    tenantId: BigInt(chance.pick([1, 1002, someCount(chance)])),
    timeoutUs: someInteger(chance),
    dstClusterId: BigInt(chance.pick([0, 0, 1, 7])),
  };
  return encodePacket(chance.below(2 ** 32), header, body);
}

/** Frames of the bytes that are there: magic, length and the body's checksum are right afterwards. */
export function repairFrames(input: Uint8Array): Uint8Array {
  const bytes = Buffer.from(input);
  for (let at = 0; at + FRAME_HEADER_SIZE < bytes.length; ) {
    const said = bytes.readUInt32BE(at + 4);
    const length = Math.min(said, bytes.length - at - FRAME_HEADER_SIZE);
    if (bytes.readUInt32BE(at) !== FRAME_MAGIC || length !== said) {
      writeFrameHeader(bytes.subarray(at), { channelId: bytes.readUInt32BE(at + 8), length });
    }
    repairPacket(bytes.subarray(at + FRAME_HEADER_SIZE, at + FRAME_HEADER_SIZE + length));
    at += FRAME_HEADER_SIZE + length;
  }
  return bytes;
}

function repairPacket(payload: Buffer): void {
  const hlen = payload.length > 24 ? payload.readUInt8(4) : 0;
  if (hlen < 72 || hlen > payload.length) return;
  payload.writeBigInt64BE(BigInt(crc32c(payload.subarray(hlen))), 8);
}

function cut(chunks: readonly Uint8Array[]): unknown[] {
  const decoder = new FrameDecoder({ frameSizeMax });
  const seen: unknown[] = [];
  let received = 0;
  try {
    for (const chunk of chunks) {
      received += chunk.length;
      // A decoder hands out what a chunk completes: the frames before a bad one come with it, or never.
      for (const { channelId, payload } of decoder.push(
        Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length),
      )) {
        seen.push([channelId, readPacket(payload)]);
      }
      must(
        decoder.pendingSize <= Math.min(received, frameSizeMax + FRAME_HEADER_SIZE),
        'more is kept than a frame has',
      );
    }
    return [...seen, decoder.pendingSize];
  } catch (error) {
    refusal(error);
    return [isObError(error) ? error.name : ''];
  }
}

function readPacket(payload: Buffer): unknown {
  try {
    const { header, body } = decodePacket(payload);
    must(body.length <= payload.length, 'a body is longer than its packet');
    const again = decodePacket(encodePacket(1, header, body).subarray(FRAME_HEADER_SIZE));
    const same = {
      ...header,
      hlen: PACKET_HEADER_SIZE,
      checksum: again.header.checksum,
      originalLength: body.length,
    };
    must(isDeepStrictEqual(again.header, same), 'a header differs when it is written again');
    return [header.pcode, Uint8Array.from(body)];
  } catch (error) {
    return refusal(error);
  }
}
