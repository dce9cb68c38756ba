import type { Invariant } from '../checker.ts';

/** One place of the product's source, and what stands there instead. */
export interface Edit {
  /** From the root of the repository. */
  readonly file: string;
  /** Stands there exactly once. */
  readonly find: string;
  readonly replace: string;
}

/** A deliberate bug. */
export interface Mutation extends Edit {
  readonly name: string;
  /** Where other safeguards cover for this one, they go too. */
  readonly also?: readonly Edit[];
  /** Only this counts as found: what goes along is found in its own way. */
  readonly invariant?: Invariant;
  /** The simulation finds it within so many seeds. */
  readonly seedsMax: number;
}

/** @throws Error if the text isn't there exactly once: the list must be brought up to date with the source */
export function mutate(source: string, name: string, { file, find, replace }: Edit): string {
  const parts = source.split(find);
  if (parts.length !== 2) {
    throw new Error(`mutation "${name}": its text stands ${parts.length - 1} times in ${file}, not once`);
  }
  return parts.join(replace);
}
