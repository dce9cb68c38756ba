import { isObError } from '@sealane/errors';
import { DivergenceError, MalformedRecordError, StorageError } from '@sealane/storage';
import type { Chance } from '../simulation/random.ts';

/** One decoder under fuzz: how its bytes look, what it does with them, and what must hold. */
export interface Target {
  readonly name: string;
  /** Longer inputs are cut. */
  readonly inputSizeMax: number;
  /** Byte strings that mean something to this decoder: mutations write them over others. */
  readonly tokens?: readonly Uint8Array[];
  /** Well-formed bytes, others each time. */
  generate(chance: Chance): Uint8Array;
  /** Sets checksums and sizes right that a mutation has broken, so that what is behind them is reached. */
  repair?(input: Uint8Array, chance: Chance): Uint8Array;
  /**
   * Feeds the decoder. The same input does the same each time.
   *
   * @returns what came of it, in few words without the input's own numbers: inputs with news of this kind are kept
   * @throws Finding, or anything else: either is a finding
   */
  run(input: Uint8Array): string | Promise<string>;
  /** Something that must hold of values: decode(encode(x)) = x. */
  property?(chance: Chance): void;
}

/** A promise that was broken. */
export class Finding extends Error {
  override readonly name = 'Finding';
}

export function must(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Finding(what);
}

/** @returns what `read` gave as a label, or the refusal; an error of another kind is a finding */
export function outcomeOf(read: () => string): string {
  try {
    return read();
  } catch (error) {
    return refusal(error);
  }
}

/** @throws Finding for anything but an ObError, or the storage engine's own, which knows no ObError */
export function refusal(error: unknown): string {
  if (isObError(error) || isDocumented(error)) return `${error.name}: ${withoutNumbers(error.message)}`;
  if (error instanceof Finding) throw error;
  const name = error instanceof Error ? error.constructor.name : typeof error;
  throw new Finding(`${name} instead of ObError: ${error instanceof Error ? error.message : String(error)}`, {
    cause: error,
  });
}

function isDocumented(error: unknown): error is Error {
  return (
    error instanceof MalformedRecordError || error instanceof DivergenceError || error instanceof StorageError
  );
}

/** So that messages which differ in sizes, offsets and quotations are one. */
function withoutNumbers(message: string): string {
  return message
    .replace(/"[^"]*"|'[^']*'|0x[0-9a-f]+|[0-9a-f]{8,}|-?\d+/g, '#')
    .replace(/[^\x20-\x7e]+/g, '?')
    .slice(0, labelSizeMax);
}

const labelSizeMax = 60;
