/** How one transaction must come before another. `time`: it had ended before the other began. */
export type EdgeKind = 'ww' | 'wr' | 'rw' | 'time';

export interface Edge {
  readonly from: number;
  readonly to: number;
  readonly kind: EdgeKind;
  /** Shown when it is part of a cycle. */
  readonly why: string;
}

/** A directed graph over the numbers from 0 to size - 1. */
export class Graph {
  readonly size: number;
  readonly #from: Edge[][];
  #count = 0;

  constructor(size: number, edges: Iterable<Edge> = []) {
    this.size = size;
    this.#from = Array.from({ length: size }, () => []);
    for (const edge of edges) this.add(edge);
  }

  get edgeCount(): number {
    return this.#count;
  }

  /** An edge to itself says nothing and is left out. */
  add(edge: Edge): void {
    if (edge.from === edge.to) return;
    this.#from[edge.from]?.push(edge);
    this.#count += 1;
  }

  edgesFrom(node: number): readonly Edge[] {
    return this.#from[node] ?? [];
  }

  *edges(): Generator<Edge> {
    for (const edges of this.#from) yield* edges;
  }

  only(kinds: ReadonlySet<EdgeKind>): Graph {
    const result = new Graph(this.size);
    for (const edge of this.edges()) if (kinds.has(edge.kind)) result.add(edge);
    return result;
  }

  /** Strongly connected components of more than one node: Tarjan's algorithm, without recursion. */
  components(): number[][] {
    const index = new Int32Array(this.size).fill(-1);
    const low = new Int32Array(this.size);
    const onStack = new Uint8Array(this.size);
    const stack: number[] = [];
    const found: number[][] = [];
    let next = 0;
    const visit = (node: number): { node: number; edge: number } => {
      index[node] = low[node] = next++;
      stack.push(node);
      onStack[node] = 1;
      return { node, edge: 0 };
    };
    for (let root = 0; root < this.size; root++) {
      if (index[root] !== -1) continue;
      const path = [visit(root)];
      for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
        const { node } = top;
        const edge = this.edgesFrom(node)[top.edge++];
        if (edge !== undefined) {
          if (index[edge.to] === -1) path.push(visit(edge.to));
          else if (onStack[edge.to] === 1) low[node] = Math.min(low[node] ?? 0, index[edge.to] ?? 0);
          continue;
        }
        path.pop();
        const parent = path.at(-1);
        if (parent !== undefined) low[parent.node] = Math.min(low[parent.node] ?? 0, low[node] ?? 0);
        if (low[node] !== index[node]) continue;
        const component = stack.splice(stack.lastIndexOf(node));
        for (const member of component) onStack[member] = 0;
        if (component.length > 1) found.push(component);
      }
    }
    return found;
  }

  /** The shortest way, by its edges; undefined if there is none. Within `among` when given. */
  path(from: number, to: number, among?: ReadonlySet<number>): Edge[] | undefined {
    const cameBy = new Map<number, Edge>();
    let border = [from];
    while (border.length > 0) {
      const following: number[] = [];
      for (const node of border) {
        for (const edge of this.edgesFrom(node)) {
          if (cameBy.has(edge.to) || (among !== undefined && !among.has(edge.to))) continue;
          cameBy.set(edge.to, edge);
          if (edge.to === to) return backwards(cameBy, from, to);
          following.push(edge.to);
        }
      }
      border = following;
    }
    return undefined;
  }
}

function backwards(cameBy: ReadonlyMap<number, Edge>, from: number, to: number): Edge[] {
  const path: Edge[] = [];
  let node = to;
  do {
    const edge = cameBy.get(node);
    if (edge === undefined) throw new Error('a path with a hole');
    path.unshift(edge);
    node = edge.from;
  } while (node !== from);
  return path;
}
