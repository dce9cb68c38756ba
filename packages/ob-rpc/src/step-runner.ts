/**
 * Runs a pure machine: one input at a time, its outputs in order, and one timer for its wake-up.
 * An input that is fed while outputs are carried out waits its turn.
 */
export class StepRunner<State, Input, Output> {
  #state: State;
  readonly #options: StepRunnerOptions<State, Input, Output>;
  readonly #inputs: Input[] = [];
  #running = false;
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Infinity;

  constructor(initial: State, options: StepRunnerOptions<State, Input, Output>) {
    this.#state = initial;
    this.#options = options;
  }

  get state(): State {
    return this.#state;
  }

  feed(input: Input): void {
    this.#inputs.push(input);
    if (this.#running) return;
    this.#running = true;
    try {
      for (let next = this.#inputs.shift(); next !== undefined; next = this.#inputs.shift()) this.#step(next);
    } finally {
      this.#running = false;
    }
  }

  #step(input: Input): void {
    const { state, outputs, wakeAt } = this.#options.step(this.#state, input, performance.now());
    this.#state = state;
    this.#schedule(wakeAt);
    for (const output of outputs) this.#options.carryOut(output);
  }

  /** A timer that fires early does no harm: the machine looks at the clock. So it is only ever moved forward. */
  #schedule(wakeAt: number | undefined): void {
    if (wakeAt === undefined) {
      clearTimeout(this.#timer);
      this.#timerAt = Infinity;
    } else if (wakeAt < this.#timerAt) {
      clearTimeout(this.#timer);
      this.#timerAt = wakeAt;
      this.#timer = setTimeout(() => this.#wake(), Math.max(0, Math.ceil(wakeAt - performance.now())));
    }
  }

  #wake(): void {
    this.#timerAt = Infinity;
    this.feed(this.#options.wakeInput);
  }
}

export interface StepRunnerOptions<State, Input, Output> {
  step(
    state: State,
    input: Input,
    now: number,
  ): { readonly state: State; readonly outputs: readonly Output[]; readonly wakeAt: number | undefined };
  carryOut(output: Output): void;
  readonly wakeInput: Input;
}
