/** Lets one in after the other: whoever makes hashes takes turns with the statements of everybody else, and not with other hashes. */
export class Doorkeeper {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs the work when all that came before is done, however that ended. */
  pass<Value>(work: () => Promise<Value>): Promise<Value> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
