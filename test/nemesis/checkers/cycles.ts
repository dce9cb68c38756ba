import type { Edge, EdgeKind, Graph } from './graph.ts';

/**
 * Names of Adya's phenomena, as Elle uses them: G0 write cycle; G1c circular information flow; G-single read skew, one
 * anti-dependency; G2 several of them. With `-realtime` when the cycle needs the order in which things ended and began.
 */
export type CycleKind =
  | 'G0'
  | 'G1c'
  | 'G-single'
  | 'G2'
  | 'G0-realtime'
  | 'G1c-realtime'
  | 'G-single-realtime'
  | 'G2-realtime';

export interface Cycle {
  readonly kind: CycleKind;
  readonly edges: readonly Edge[];
}

/** Anti-dependencies tried in one component before it counts as a G2. */
const TRIED_MAX = 500;

/** One cycle for each strongly connected component, of the worst kind that is in it. */
export function findCycles(graph: Graph): readonly Cycle[] {
  const found: Cycle[] = [];
  const blamed = new Set<number>();
  for (const { suffix, time } of [
    { suffix: '', time: [] },
    { suffix: '-realtime', time: ['time'] },
  ] as const) {
    const add = (kind: string, edges: readonly Edge[], component: readonly number[]): void => {
      for (const node of component) blamed.add(node);
      found.push({ kind: `${kind}${suffix}` as CycleKind, edges });
    };
    for (const [kind, kinds] of [
      ['G0', ['ww', ...time]],
      ['G1c', ['ww', 'wr', ...time]],
    ] as const) {
      const part = graph.only(new Set<EdgeKind>(kinds));
      for (const component of fresh(part.components(), blamed)) {
        add(kind, anyCycle(part, component), component);
      }
    }
    const whole = graph.only(new Set<EdgeKind>(['ww', 'wr', 'rw', ...time]));
    const forward = graph.only(new Set<EdgeKind>(['ww', 'wr', ...time]));
    for (const component of fresh(whole.components(), blamed)) {
      const single = cycleWithOne(whole, forward, component);
      add(single === undefined ? 'G2' : 'G-single', single ?? anyCycle(whole, component), component);
    }
  }
  return found;
}

/** A component that shares a transaction with a worse one is told there already. */
function fresh(components: readonly number[][], blamed: ReadonlySet<number>): readonly number[][] {
  return components.filter((component) => !component.some((node) => blamed.has(node)));
}

function anyCycle(graph: Graph, component: readonly number[]): readonly Edge[] {
  const [first] = component;
  if (first === undefined) return [];
  return graph.path(first, first, new Set(component)) ?? [];
}

/** A cycle whose only backward step is one anti-dependency. */
function cycleWithOne(
  whole: Graph,
  forward: Graph,
  component: readonly number[],
): readonly Edge[] | undefined {
  const among = new Set(component);
  let tried = 0;
  for (const node of component) {
    for (const edge of whole.edgesFrom(node)) {
      if (edge.kind !== 'rw' || !among.has(edge.to)) continue;
      if (tried++ > TRIED_MAX) return undefined;
      const back = forward.path(edge.to, edge.from, among);
      if (back !== undefined) return [edge, ...back];
    }
  }
  return undefined;
}

export interface Interval {
  readonly startMs: number;
  readonly endMs: number;
}

/**
 * Who had ended before who began, without what follows from the rest: an edge only from those that nobody came after
 * who had ended, too.
 */
export function timeEdges(intervals: readonly Interval[]): Edge[] {
  const edges: Edge[] = [];
  const marks = intervals.flatMap(({ startMs, endMs }, id) => [
    { at: startMs, isEnd: false, id },
    ...(endMs === Infinity ? [] : [{ at: endMs, isEnd: true, id }]),
  ]);
  // At the same instant the start comes first: that is no order.
  marks.sort((a, b) => a.at - b.at || Number(a.isEnd) - Number(b.isEnd));
  let frontier = new Set<number>();
  const before = new Map<number, ReadonlySet<number>>();
  for (const { isEnd, id } of marks) {
    if (!isEnd) {
      before.set(id, new Set(frontier));
      for (const earlier of frontier)
        edges.push({ from: earlier, to: id, kind: 'time', why: 'had ended before' });
    } else {
      frontier = frontier.difference(before.get(id) ?? new Set());
      frontier.add(id);
      before.delete(id);
    }
  }
  return edges;
}
