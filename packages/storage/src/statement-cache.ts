/** Keeps the most recently used values, at most `countMax` of them. */
export class StatementCache<Value> {
  readonly #values = new Map<string, Value>();
  readonly #countMax: number;

  constructor(countMax: number) {
    this.#countMax = countMax;
  }

  get size(): number {
    return this.#values.size;
  }

  get(key: string, make: (key: string) => Value): Value {
    let value = this.#values.get(key);
    if (value === undefined) {
      value = make(key);
      if (this.#values.size >= this.#countMax) this.#dropOldest();
    } else if (this.#values.size * 2 < this.#countMax) {
      // Far from being full: as long as nothing has to go, nobody needs to know what was used last.
      return value;
    } else {
      this.#values.delete(key);
    }
    // A Map keeps the order of insertion: the first key is the one that was used longest ago.
    this.#values.set(key, value);
    return value;
  }

  clear(): void {
    this.#values.clear();
  }

  #dropOldest(): void {
    for (const key of this.#values.keys()) {
      this.#values.delete(key);
      return;
    }
  }
}
