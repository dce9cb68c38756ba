import { randomBytes } from 'node:crypto';
import { ObError } from '@sealane/errors';
import { encodeUnsigned } from '../types/integers.ts';
import { textOf } from '../types/store-rules.ts';
import type { SqlValue } from '../values.ts';
import { booleanType, bytesType, define, textType, truth, unsignedType } from './define.ts';
import type { ScalarFunction } from './definition.ts';
import { currentExecution } from './execution-scope.ts';
import { placeOf } from './text.ts';

/** 100 ns steps from the calendar of UUIDs (1582-10-15) to 1970. */
const UUID_EPOCH = 0x01b21dd213814000n;

/** This process's node part: random, with the bit that says it is no network card's. */
const node = randomBytes(6);
node[0] = (node[0] ?? 0) | 1;
const clockSequence = ((randomBytes(2).readUInt16BE() & 0x3fff) | 0x8000).toString(16);
let lastTime = 0n;

/** Version 1, as MySQL makes it; two in a row always differ. */
function uuid(): SqlValue {
  const now = (currentExecution()?.nowUs ?? BigInt(Date.now()) * 1000n) * 10n + UUID_EPOCH;
  lastTime = now > lastTime ? now : lastTime + 1n;
  const time = lastTime.toString(16).padStart(15, '0');
  return `${time.slice(7)}-${time.slice(3, 7)}-1${time.slice(0, 3)}-${clockSequence}-${node.toString('hex')}`;
}

let shortCount = 0n;

/** Server, start time and a counter, as MySQL lays them out in 64 bits. */
function uuidShort(): SqlValue {
  const seconds = (currentExecution()?.nowUs ?? 0n) / 1_000_000n;
  shortCount = (shortCount + 1n) & 0xffffffn;
  return encodeUnsigned(
    (BigInt((node[5] ?? 0) & 127) << 56n) + ((seconds & 0xffffffffn) << 24n) + shortCount,
  );
}

const uuidForm =
  /^(?:[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\{[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\})$/i;

/** @throws 1411 for what is no UUID */
function toBin([text = null, swap = 0n]: readonly SqlValue[]): SqlValue {
  if (!uuidForm.test(textOf(text)))
    throw new ObError('ER_WRONG_VALUE_FOR_TYPE', ['string', textOf(text), 'uuid_to_bin']);
  const digits = textOf(text).replace(/[-{}]/g, '');
  const ordered =
    placeOf(swap) === 0
      ? digits
      : digits.slice(12, 16) + digits.slice(8, 12) + digits.slice(0, 8) + digits.slice(16);
  return new Uint8Array(Buffer.from(ordered, 'hex'));
}

function fromBin([bytes = null, swap = 0n]: readonly SqlValue[]): SqlValue {
  if (!(bytes instanceof Uint8Array) || bytes.length !== 16) {
    throw new ObError('ER_WRONG_VALUE_FOR_TYPE', ['string', textOf(bytes), 'bin_to_uuid']);
  }
  const digits = Buffer.from(bytes).toString('hex');
  const own =
    placeOf(swap) === 0
      ? digits
      : digits.slice(8, 16) + digits.slice(4, 8) + digits.slice(0, 4) + digits.slice(16);
  return [own.slice(0, 8), own.slice(8, 12), own.slice(12, 16), own.slice(16, 20), own.slice(20)].join('-');
}

export const uuidFunctions: readonly ScalarFunction[] = [
  define('uuid', [0, 0], textType(36), uuid, { deterministic: false, nullable: false }),
  define('uuid_short', [0, 0], unsignedType, uuidShort, { deterministic: false, nullable: false }),
  define('is_uuid', [1, 1], booleanType, ([text = null]) => truth(uuidForm.test(textOf(text))), {
    nullable: false,
  }),
  define('uuid_to_bin', [1, 2], bytesType(16), toBin, { numeric: [1] }),
  define('bin_to_uuid', [1, 2], textType(36), fromBin, { numeric: [1] }),
];
