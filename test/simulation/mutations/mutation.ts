/** A deliberate bug: one place of the product's source, and what stands there instead. */
export interface Mutation {
  readonly name: string;
  /** From the root of the repository. */
  readonly file: string;
  /** Stands there exactly once. */
  readonly find: string;
  readonly replace: string;
  /** The simulation finds it within so many seeds. */
  readonly seedsMax: number;
}

/** @throws Error if the text isn't there exactly once: the list must be brought up to date with the source */
export function mutate(source: string, { name, file, find, replace }: Mutation): string {
  const parts = source.split(find);
  if (parts.length !== 2) {
    throw new Error(`mutation "${name}": its text stands ${parts.length - 1} times in ${file}, not once`);
  }
  return parts.join(replace);
}
