import { ObError } from '@sealane/errors';
import type { ResourceAction } from '@sealane/sql';
import { parseCapacity } from '../parameters/parameter-value.ts';

/** The options of a CREATE or ALTER of a tenant or a resource, each asked for once: what nobody asked for isn't supported. */
export class ResourceOptions {
  readonly #action: ResourceAction;
  readonly #values: Map<string, readonly string[]>;

  constructor(action: ResourceAction) {
    this.#action = action;
    this.#values = new Map(action.options.map(({ name, values }) => [name, values]));
  }

  /** @returns undefined where it isn't given */
  list(name: string): readonly string[] | undefined {
    const values = this.#values.get(name);
    this.#values.delete(name);
    return values;
  }

  text(name: string): string | undefined {
    return this.list(name)?.join(',');
  }

  flag(name: string): boolean {
    return this.list(name) !== undefined;
  }

  /** @throws ObError OB_INVALID_ARGUMENT unless it is a number of at least `min` */
  number(name: string, min: number): number | undefined {
    return this.#atLeast(name, min, Number);
  }

  /** In bytes. @throws ObError OB_INVALID_ARGUMENT unless it is a size of at least `min` bytes */
  bytes(name: string, min: number): number | undefined {
    return this.#atLeast(name, min, (text) => (/^\d+$/.test(text) ? Number(text) : parseCapacity(text)));
  }

  /** @throws ObError OB_NOT_SUPPORTED */
  nothingElse(): void {
    const [name] = this.#values.keys();
    if (name === undefined) return;
    const statement = `${this.#action.operation} ${this.#action.name}`.replace('-', ' ').toUpperCase();
    throw new ObError('OB_NOT_SUPPORTED', [`${statement} with ${name}`]);
  }

  #atLeast(name: string, min: number, parse: (text: string) => number | undefined): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = parse(text);
    if (value !== undefined && value >= min) return value;
    throw new ObError('OB_INVALID_ARGUMENT', [name], {
      message: `Incorrect arguments to ${name}: ${text}; the least is ${min}`,
    });
  }
}
