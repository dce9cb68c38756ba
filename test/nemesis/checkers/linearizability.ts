/** One operation on one object, as the search needs it. */
export interface Event<State> {
  readonly startMs: number;
  /** Infinity: it may take effect at any later time, or never. */
  readonly endMs: number;
  /** The state after it, or undefined if it can't happen in this state. */
  step(state: State): State | undefined;
  readonly name: string;
}

export type Linearizability =
  | { readonly kind: 'linearizable' }
  | { readonly kind: 'gave-up' }
  /** With the longest order that could be found, and what could not follow it. */
  | { readonly kind: 'impossible'; readonly order: readonly string[]; readonly stuck: readonly string[] };

interface Node<State> {
  readonly event: Event<State>;
  readonly id: number;
  /** The end of the same operation; undefined for an end. */
  readonly end: Node<State> | undefined;
  previous: Node<State> | undefined;
  next: Node<State> | undefined;
}

/**
 * Looks for an order of the operations that the object allows and that no real-time order contradicts: Wing and Gong's
 * search over the list of starts and ends, with Lowe's memory of configurations (set of operations done, state) that
 * led nowhere. A state must be a string or a number.
 */
export function checkLinearizability<State extends string | number>(
  events: readonly Event<State>[],
  initial: State,
  stepsMax = 20_000_000,
): Linearizability {
  const head = listOf(events);
  const done = new Uint8Array(events.length);
  const seen = new Set<string>();
  const stack: { node: Node<State>; state: State }[] = [];
  let longest: readonly Node<State>[] = [];
  let state = initial;
  // What may or may not have happened need not be placed.
  let mustBePlaced = events.filter((event) => event.endMs !== Infinity).length;
  let node = head.next;
  for (let steps = 0; mustBePlaced > 0; steps++) {
    if (steps > stepsMax) return { kind: 'gave-up' };
    if (node?.end !== undefined) {
      const after = node.event.step(state);
      const isNew = after !== undefined && remember(seen, done, node.id, after);
      if (after !== undefined && isNew) {
        stack.push({ node, state });
        if (stack.length > longest.length) longest = stack.map((each) => each.node);
        state = after;
        done[node.id] = 1;
        if (node.event.endMs !== Infinity) mustBePlaced -= 1;
        lift(node);
        node = head.next;
      } else {
        node = node.next;
      }
      continue;
    }
    // An end comes before the next start that would fit: something placed earlier was wrong.
    const last = stack.pop();
    if (last === undefined) return impossible(events, longest);
    state = last.state;
    done[last.node.id] = 0;
    if (last.node.event.endMs !== Infinity) mustBePlaced += 1;
    unlift(last.node);
    node = last.node.next;
  }
  return { kind: 'linearizable' };
}

function impossible<State>(
  events: readonly Event<State>[],
  longest: readonly Node<State>[],
): Linearizability {
  const placed = new Set(longest.map((node) => node.id));
  const missing = events.filter((event, id) => !placed.has(id) && event.endMs !== Infinity);
  const earliestEnd = Math.min(...missing.map((event) => event.endMs));
  return {
    kind: 'impossible',
    order: longest.map((node) => node.event.name),
    stuck: missing.filter((event) => event.startMs <= earliestEnd).map((event) => event.name),
  };
}

/** Starts and ends in the order of time, doubly linked, behind a head. An operation without an end has its end last. */
function listOf<State>(events: readonly Event<State>[]): Node<State> {
  const marks = events.flatMap((event, id) => {
    const end: Node<State> = { event, id, end: undefined, previous: undefined, next: undefined };
    const start: Node<State> = { event, id, end, previous: undefined, next: undefined };
    return [
      { at: event.startMs, order: 0, node: start },
      { at: event.endMs, order: 1, node: end },
    ];
  });
  // At the same instant the start comes first: they overlap.
  marks.sort((a, b) => (a.at === b.at ? a.order - b.order : a.at < b.at ? -1 : 1));
  const [first] = events;
  const head = { event: first, id: -1, end: undefined, previous: undefined, next: undefined } as Node<State>;
  let last = head;
  for (const { node } of marks) {
    last.next = node;
    node.previous = last;
    last = node;
  }
  return head;
}

/** Takes a start and its end out of the list; they keep their neighbours, to go back between them. */
function lift<State>(start: Node<State>): void {
  take(start);
  if (start.end !== undefined) take(start.end);
}

function unlift<State>(start: Node<State>): void {
  if (start.end !== undefined) putBack(start.end);
  putBack(start);
}

function take<State>(node: Node<State>): void {
  if (node.previous !== undefined) node.previous.next = node.next;
  if (node.next !== undefined) node.next.previous = node.previous;
}

function putBack<State>(node: Node<State>): void {
  if (node.previous !== undefined) node.previous.next = node;
  if (node.next !== undefined) node.next.previous = node;
}

/** @returns whether this configuration is new */
function remember(seen: Set<string>, done: Uint8Array, id: number, state: string | number): boolean {
  done[id] = 1;
  const key = `${state} ${setText(done)}`;
  done[id] = 0;
  if (seen.has(key)) return false;
  seen.add(key);
  return true;
}

/** A set as text: how many are in without a gap, then sixteen bits a character. Most are done in order. */
function setText(done: Uint8Array): string {
  let full = 0;
  while (done[full] === 1) full += 1;
  let text = `${full}`;
  for (let at = full; at < done.length; at += 16) {
    let bits = 0;
    for (let bit = 0; bit < 16; bit++) bits |= (done[at + bit] ?? 0) << bit;
    text += String.fromCharCode(bits);
  }
  return text;
}
