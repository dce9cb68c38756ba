type Fact = number | string | boolean | bigint | undefined;

interface Line {
  readonly step: number;
  readonly atMs: number;
  readonly node: string;
  readonly event: string;
  readonly facts: readonly Fact[];
}

/** What happened, in order: the last part of it to read, all of it as a number that tells two runs apart. */
export class Trace {
  readonly #lines: Line[] = [];
  readonly #countMax: number;
  #first = 0;
  #hash = 0x811c9dc5;

  constructor(countMax: number) {
    this.#countMax = countMax;
  }

  /** The same for two runs in which the same happened. */
  get hash(): string {
    return this.#hash.toString(16).padStart(8, '0');
  }

  note(line: Line): void {
    this.#mix(Math.round(line.atMs * 1000));
    this.#mixFact(line.node);
    this.#mixFact(line.event);
    for (const fact of line.facts) this.#mixFact(fact);
    if (this.#lines.length < this.#countMax) this.#lines.push(line);
    else {
      this.#lines[this.#first] = line;
      this.#first = (this.#first + 1) % this.#countMax;
    }
  }

  /** A table: step, virtual milliseconds, node, event, details. */
  table(): string {
    const lines = [...this.#lines.slice(this.#first), ...this.#lines.slice(0, this.#first)];
    const rows = lines.map(({ step, atMs, node, event, facts }) =>
      [
        String(step).padStart(7),
        atMs.toFixed(2).padStart(10),
        node.padEnd(6),
        event.padEnd(14),
        textOf(facts),
      ].join('  '),
    );
    const head = [
      'step'.padStart(7),
      'ms'.padStart(10),
      'node'.padEnd(6),
      'event'.padEnd(14),
      'details',
    ].join('  ');
    return [head, ...rows].join('\n');
  }

  #mixFact(fact: Fact): void {
    if (typeof fact === 'number') this.#mix(Math.round(fact * 1000));
    else this.#mix(hashOf(String(fact)));
  }

  #mix(value: number): void {
    this.#hash = Math.imul(this.#hash ^ (value | 0), 0x01000193) >>> 0;
    this.#hash ^= this.#hash >>> 15;
  }
}

function textOf(facts: readonly Fact[]): string {
  return facts
    .filter((fact) => fact !== undefined)
    .map((fact) => (typeof fact === 'number' && !Number.isInteger(fact) ? fact.toFixed(2) : String(fact)))
    .join(' ');
}

const hashes = new Map<string, number>();

function hashOf(text: string): number {
  const known = hashes.get(text);
  if (known !== undefined) return known;
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  if (hashes.size < 100_000) hashes.set(text, hash);
  return hash;
}
