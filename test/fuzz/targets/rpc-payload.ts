import { isDeepStrictEqual } from 'node:util';
import { isObError } from '@sealane/errors';
import { decodePayload, encodePayload } from '@sealane/ob-rpc';
import { readResponse } from '../../../packages/ob-rpc/src/response-body.ts';
import type { Chance } from '../../simulation/random.ts';
import { must, outcomeOf, type Target } from '../target.ts';
import { listOf, someCell, someText } from '../values.ts';

/** A body of a packet: msgpack, plain values and nothing else, whatever extension types it names. */
export const rpcPayload: Target = {
  name: 'rpc-payload',
  inputSizeMax: 256 * 1024,
  tokens: [
    ...[0x78, 0x65, 0x69, 0x70, 0x72, 0x73, 0x62, 0x74, 0x42, 0xff, 0, 1, 0x20].map((type) =>
      Uint8Array.of(0xd4, type, 1),
    ),
    Uint8Array.of(0xdd, 0xff, 0xff, 0xff, 0xff),
    Uint8Array.of(0xdf, 0xff, 0xff, 0xff, 0xff),
    Uint8Array.of(0xdb, 0x7f, 0xff, 0xff, 0xff),
    Uint8Array.of(0xc6, 0x7f, 0xff, 0xff, 0xff),
    Uint8Array.of(0xc9, 0x7f, 0xff, 0xff, 0xff, 0x72),
    Uint8Array.from([0xa9, ...Buffer.from('__proto__')]),
    Uint8Array.from([0xab, ...Buffer.from('constructor')]),
    new Uint8Array(64).fill(0x91),
    new Uint8Array(64).fill(0x81),
  ],
  generate: (chance: Chance) => Uint8Array.from(encodePayload(someValue(chance, 0))),
  run(input) {
    return outcomeOf(() => {
      const value = decodePayload(input);
      const shape = shapeOf(value, 0);
      mustRefuseOrRepeat(value);
      return `${shape} ${outcomeOf(() => typeof readResponse(value))}`;
    });
  },
  property(chance) {
    const value = someValue(chance, 0);
    must(
      isDeepStrictEqual(decodePayload(encodePayload(value)), value),
      'a value is another one when it arrives',
    );
  },
};

export function someValue(chance: Chance, depth: number): unknown {
  const leaf = depth > 4 || chance.happens(0.4);
  if (leaf) {
    const cell = chance.happens(0.2) ? chance.pick([true, false, 0, 1, -1]) : someCell(chance);
    return cell instanceof Uint8Array ? Buffer.from(cell) : cell;
  }
  if (chance.happens(0.7)) return listOf(chance, 8, () => someValue(chance, depth + 1));
  const entries = listOf(chance, 5, (): [string, unknown] => [
    `k${someText(chance, 6)}`,
    someValue(chance, depth + 1),
  ]);
  return Object.fromEntries(entries);
}

/** Only plain data: what a decoder that builds live objects would give away. */
function shapeOf(value: unknown, depth: number): string {
  if (value === null || typeof value !== 'object') {
    must(typeof value !== 'function' && typeof value !== 'symbol', `a ${typeof value} came out`);
    return typeof value;
  }
  if (value instanceof Uint8Array) return 'bytes';
  if (value instanceof Date) return 'date';
  if (Array.isArray(value)) {
    const inner = value.slice(0, 4).map((each) => (depth < 2 ? shapeOf(each, depth + 1) : '…'));
    for (const each of value) shapeOf(each, depth + 1);
    return `[${[...new Set(inner)].sort().slice(0, 3).join()}]`;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  must(
    prototype === Object.prototype || prototype === null,
    `an object of ${String(value.constructor?.name)} came out`,
  );
  for (const each of Object.values(value)) shapeOf(each, depth + 1);
  return '{}';
}

/** What was read can be sent on. */
function mustRefuseOrRepeat(value: unknown): void {
  try {
    decodePayload(encodePayload(value));
  } catch (error) {
    must(isObError(error), `what was read can't be written: ${String(error)}`);
  }
}
