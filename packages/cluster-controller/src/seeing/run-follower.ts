import { closeSync, existsSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { listRuns, type RecordedEnd, type RecordedPlan, type TimedEvent } from '../run-reader.ts';
import type { RollNode } from '../step.ts';
import type { RunPicture, RunState, SeenEvent } from './snapshot.ts';

/** More of one run than this is not kept: the record itself has it all. */
const EVENTS_KEPT = 400;
/** Of one look. */
const READ_SIZE_MAX = 4 * 1024 * 1024;

/** Follows the newest run's record while another process writes it. Reads only what is new. */
export class RunFollower {
  readonly #runs: string;
  readonly #atWork: () => boolean;
  #id: string | undefined;
  #plan: RecordedPlan | undefined;
  #end: RecordedEnd | undefined;
  #events: TimedEvent[] = [];
  #offset = 0;

  /**
   * @param runs  the directory of all runs
   * @param atWork  whether a controller is at work on this cluster now
   */
  constructor(runs: string, atWork: () => boolean) {
    this.#runs = runs;
    this.#atWork = atWork;
  }

  /** Looks for what was written since the last look. */
  look(): void {
    const [newest] = listRuns(this.#runs);
    if (newest === undefined) {
      this.#begin(undefined);
      return;
    }
    if (newest !== this.#id) this.#begin(newest);
    const directory = join(this.#runs, newest);
    this.#plan ??= readJson(join(directory, 'plan.json')) as RecordedPlan | undefined;
    this.#readEvents(join(directory, 'events.jsonl'));
    if (this.#end === undefined && existsSync(join(directory, 'after.json')))
      this.#end = readJson(join(directory, 'after.json')) as RecordedEnd | undefined;
  }

  get picture(): RunPicture | null {
    if (this.#id === undefined || this.#plan === undefined) return null;
    return runPicture(this.#id, this.#plan, this.#events, this.#end, this.#atWork());
  }

  /** As they are in the record. */
  get timedEvents(): readonly TimedEvent[] {
    return this.#events;
  }

  /** What the run told, the oldest first. */
  get events(): readonly SeenEvent[] {
    return this.#events.flatMap(seenEvent);
  }

  #begin(id: string | undefined): void {
    if (id === this.#id) return;
    this.#id = id;
    this.#plan = undefined;
    this.#end = undefined;
    this.#events = [];
    this.#offset = 0;
  }

  /** Up to the last whole line. */
  #readEvents(file: string): void {
    const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    if (size <= this.#offset) return;
    const bytes = Buffer.alloc(Math.min(size - this.#offset, READ_SIZE_MAX));
    const descriptor = openSync(file, 'r');
    let count: number;
    try {
      count = readSync(descriptor, bytes, 0, bytes.length, this.#offset);
    } finally {
      closeSync(descriptor);
    }
    const end = bytes.subarray(0, count).lastIndexOf(0x0a) + 1;
    this.#offset += end;
    for (const line of bytes.toString('utf8', 0, end).split('\n')) {
      const event = parse(line) as TimedEvent | undefined;
      if (event !== undefined) this.#events.push(event);
    }
    this.#events = this.#events.slice(-EVENTS_KEPT);
  }
}

/** Pure: where a run is, by its record. */
export function runPicture(
  id: string,
  plan: RecordedPlan,
  events: readonly TimedEvent[],
  end: RecordedEnd | undefined,
  atWork: boolean,
): RunPicture {
  const ended = events.flatMap((event) => (event.event === 'end' ? event.step : []));
  const nodes = ended.findLast((step) => step.kind === 'begin-roll')?.nodes ?? [];
  const done = ended.filter((step) => step.kind === 'end-node').length;
  const state = stateOf(end, atWork);
  const last = events.at(-1);
  const open = events.findLast(({ event }) => event === 'begin' || event === 'end' || event === 'fail');
  return {
    id,
    goal: plan.goal,
    state,
    startedAt: plan.started_at,
    endedAt: end?.ended_at ?? null,
    nodesDone: done,
    nodesToDo: nodes.length,
    node: state === 'running' ? nodeInHand(ended, nodes) : null,
    step: state === 'running' && open?.event === 'begin' ? open.text : null,
    waitsFor: state === 'running' && last !== undefined ? waitsFor(events) : null,
    reason: end?.reason ?? null,
  };
}

function stateOf(end: RecordedEnd | undefined, atWork: boolean): RunState {
  if (end === undefined) return atWork ? 'running' : 'interrupted';
  return end.outcome === 'done' ? 'done' : 'failed';
}

function nodeInHand(
  ended: readonly { readonly kind: string; readonly server?: string }[],
  nodes: readonly RollNode[],
): string | null {
  const last = ended.findLast(({ kind }) => kind === 'begin-node' || kind === 'end-node');
  if (last?.kind !== 'begin-node') return null;
  return nodes.find(({ server }) => server === last.server)?.server ?? null;
}

/** A wait is over when anything else but the mesh's news follows it. */
function waitsFor(events: readonly TimedEvent[]): string | null {
  const last = events.findLast(({ event }) => event !== 'mesh');
  return last?.event === 'wait' ? last.text : null;
}

function seenEvent(event: TimedEvent): readonly SeenEvent[] {
  const at = Date.parse(event.at);
  switch (event.event) {
    case 'end':
      return [{ at, kind: 'run', tone: 'plain', text: event.text }];
    case 'fail':
      return [{ at, kind: 'run', tone: 'bad', text: `${event.text}: ${event.reason}` }];
    case 'say':
      return [{ at, kind: 'run', tone: 'plain', text: event.text }];
    default:
      return [];
  }
}

function readJson(file: string): object | undefined {
  try {
    return parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined; // It is being written.
  }
}

function parse(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined; // Cut short by a crash.
  }
}
