/** Lists of ids by key, and one number that tells two states apart; what was appended last can be taken back. */
export class ListState {
  /** Of the whole state. Equal states have equal digests, whatever way they came about. */
  digest = 0;
  readonly #lists = new Map<number, { ids: number[]; chains: number[] }>();
  readonly #order: number[] = [];

  copy(): ListState {
    const copy = new ListState();
    copy.digest = this.digest;
    for (const [key, { ids, chains }] of this.#lists)
      copy.#lists.set(key, { ids: [...ids], chains: [...chains] });
    return copy;
  }

  count(key: number): number {
    return this.#lists.get(key)?.ids.length ?? 0;
  }

  /** 0 for an empty list. */
  lastId(key: number): number {
    return this.#lists.get(key)?.ids.at(-1) ?? 0;
  }

  append(key: number, id: number): void {
    const list = this.#lists.get(key) ?? { ids: [], chains: [] };
    this.#lists.set(key, list);
    const before = list.chains.at(-1) ?? 0;
    const after = mix(mix(before, key), id);
    list.ids.push(id);
    list.chains.push(after);
    this.digest ^= before ^ after;
    this.#order.push(key);
  }

  takeBack(): void {
    const list = this.#lists.get(this.#order.pop() ?? -1);
    if (list === undefined) throw new Error('nothing is left to take back');
    const after = list.chains.pop() ?? 0;
    list.ids.pop();
    this.digest ^= after ^ (list.chains.at(-1) ?? 0);
  }
}

function mix(hash: number, value: number): number {
  let mixed = Math.imul(hash ^ value, 0x9e3779b1);
  mixed ^= mixed >>> 15;
  mixed = Math.imul(mixed, 0x85ebca77);
  return mixed ^ (mixed >>> 13);
}
