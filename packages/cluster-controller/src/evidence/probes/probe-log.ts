import { mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { OwnProbe } from '../../clear-text.ts';
import { writeDurably } from '../../durable-file.ts';
import type { ProbeResult } from './probe.ts';

/** A ledger keeps closed links for a day; more probes than this in a day are not made by people. */
const LINES_MAX = 5_000;

/** Notes what was sent in clear to see it refused, so that later nobody takes it for a client's. */
export function logProbes(file: string, probes: readonly ProbeResult[]): void {
  const lines = probes.flatMap(({ node, from, at, elapsed_ms }): OwnProbe[] => {
    if (from === null) return [];
    const begun = Date.parse(at);
    return [{ node, peerAddress: from, from: begun, until: begun + elapsed_ms }];
  });
  const all = [...readProbeLog(file), ...lines].slice(-LINES_MAX);
  mkdirSync(dirname(file), { recursive: true });
  writeDurably(file, all.map((line) => `${JSON.stringify(line)}\n`).join(''));
}

export function readProbeLog(file: string): readonly OwnProbe[] {
  return readText(file)
    .split('\n')
    .flatMap((line) => {
      const probe = parse(line);
      return probe === undefined ? [] : [probe];
    });
}

function parse(line: string): OwnProbe | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && 'peerAddress' in value
      ? (value as OwnProbe)
      : undefined;
  } catch {
    return undefined;
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // None was ever made.
  }
}
