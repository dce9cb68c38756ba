import {
  EASY_NEGOTIATION_SIZE,
  encodeEasyNegotiation,
  encodeUsslNegotiation,
  readFirstBytes,
  USSL_NEGOTIATION_SIZE,
} from '../../../packages/ob-rpc/src/negotiation.ts';
import type { Chance } from '../../simulation/random.ts';
import { must, type Target } from '../target.ts';
import { someBytes } from '../values.ts';
import { somePacket } from './rpc-frame.ts';

/** What stands at the start of a connection to the RPC port: byte 0 says whether a negotiation is behind us. */
export const rpcFirstBytes: Target = {
  name: 'rpc-first-bytes',
  inputSizeMax: 4096,
  tokens: [
    encodeEasyNegotiation(),
    encodeUsslNegotiation('SSL_IO'),
    Uint8Array.of(0x16, 3, 1),
    Uint8Array.of(1, 0xdb, 0xdb, 0xce),
  ],
  generate(chance: Chance): Uint8Array {
    return Uint8Array.from([chance.below(2), ...someStart(chance), ...someBytes(chance, 40)]);
  },
  run(input) {
    const head = Buffer.from(input.subarray(1));
    const negotiated = (input[0] ?? 0) % 2 === 1;
    let decided: string | undefined;
    for (let size = 0; size <= Math.min(head.length, prefixMax); size++) {
      const read = readFirstBytes(head.subarray(0, size), negotiated);
      const said = read.kind === 'rubbish' ? read.kind : JSON.stringify(read);
      if (decided !== undefined) must(said === decided, `${decided}, and with more bytes ${said}`);
      if (read.kind !== 'incomplete') decided = said;
      if ('size' in read) must(read.size <= size, 'more is used up than came');
      must(read.kind !== 'incomplete' || size < incompleteMax, `still undecided after ${size} bytes`);
    }
    return `${negotiated} ${decided ?? 'incomplete'}`;
  },
};

const incompleteMax = Math.max(EASY_NEGOTIATION_SIZE, USSL_NEGOTIATION_SIZE);
const prefixMax = 64;

export function someStart(chance: Chance): Uint8Array {
  switch (chance.below(7)) {
    case 0:
      return encodeEasyNegotiation(chance.below(256));
    case 1:
      return encodeUsslNegotiation(chance.pick(['NONE', 'SSL_NO_ENCRYPT', 'SSL_IO']));
    case 2:
      return Uint8Array.of(0x16, 3, chance.below(5), 2, 0, 1, 0, 1, 0xfc, 3, 3);
    case 3:
      return Buffer.from(chance.pick(['GET / HTTP/1.1\r\n\r\n', 'SSH-2.0-x\r\n', '\0\0\0\0']));
    case 4:
      return somePacket(chance);
    case 5:
      return new Uint8Array(0);
    default:
      return someBytes(chance, 64);
  }
}
