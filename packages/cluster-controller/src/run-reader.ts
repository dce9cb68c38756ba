import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LedgerDumps } from './link-rows.ts';
import type { RunEvent } from './run-record.ts';

export type TimedEvent = RunEvent & {
  /** ISO 8601. */
  readonly at: string;
};

/** A run as its record tells it. Parts that are undefined were not written: it was killed, or is still at work. */
export interface RecordedRun {
  readonly id: string;
  readonly plan: RecordedPlan | undefined;
  readonly before: { readonly status: object; readonly ledgers: LedgerDumps } | undefined;
  readonly events: readonly TimedEvent[];
  readonly after: RecordedEnd | undefined;
}

/** `plan.json`. */
export interface RecordedPlan {
  readonly goal: string;
  readonly started_at: string;
  readonly resumes: boolean;
  readonly ready: boolean;
  readonly findings: readonly { readonly where: string; readonly what: string; readonly fits: boolean }[];
  readonly ladder: readonly string[];
  readonly plain_links: number;
}

/** `after.json`. */
export interface RecordedEnd {
  readonly ended_at: string;
  readonly elapsed_ms: number;
  readonly steps: number;
  readonly outcome: string;
  readonly reason: string | null;
  /** Why events are missing from the record. */
  readonly incomplete: string | null;
  readonly status: object | null;
  readonly ledgers: LedgerDumps | null;
}

/** Names of the runs that are on record, the newest first. */
export function listRuns(runs: string): readonly string[] {
  try {
    return readdirSync(runs, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
      .toSorted()
      .toReversed();
  } catch {
    return []; // Nothing was ever run here.
  }
}

export function readRun(runs: string, id: string): RecordedRun {
  const directory = join(runs, id);
  return {
    id,
    plan: readJson(directory, 'plan.json') as RecordedPlan | undefined,
    before: readJson(directory, 'before.json') as RecordedRun['before'],
    events: readEvents(join(directory, 'events.jsonl')),
    after: readJson(directory, 'after.json') as RecordedEnd | undefined,
  };
}

/** A line that a crash cut short is left out. */
function readEvents(file: string): readonly TimedEvent[] {
  return readText(file)
    .split('\n')
    .flatMap((line) => (parse(line) as TimedEvent | undefined) ?? []);
}

function readJson(directory: string, name: string): unknown {
  return parse(readText(join(directory, name)));
}

function parse(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
