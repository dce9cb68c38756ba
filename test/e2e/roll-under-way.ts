import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CommandResult, type TestCluster, type TestNode, within } from '@sealane/testkit';

/** Watching a controller at work by what it writes down, and stepping in at a chosen moment. */

const MOMENT_TIMEOUT_MS = 40_000;

interface JournalLine {
  readonly event: 'begin' | 'end';
  readonly step: { readonly kind: string; readonly server?: string };
}

export function journalOf({ baseDirectory }: TestCluster): string {
  return join(baseDirectory, 'controller', 'journal.jsonl');
}

export function leaseOf({ baseDirectory }: TestCluster): string {
  return join(baseDirectory, 'controller', 'lease');
}

/** Lines from `after` on; a torn one is none. */
export function journalLines(cluster: TestCluster, after = 0): readonly JournalLine[] {
  if (!existsSync(journalOf(cluster))) return [];
  return readFileSync(journalOf(cluster), 'utf8')
    .slice(after)
    .split('\n')
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as JournalLine];
      } catch {
        return [];
      }
    });
}

/** A controller's run, and the followers in the order of their turns. */
export interface UnderWay {
  readonly running: Promise<CommandResult>;
  readonly first: TestNode;
  readonly next: TestNode;
}

/** Begins a roll and returns when its first node is back; what comes next is the soak. */
export async function beginRoll(cluster: TestCluster, ...command: string[]): Promise<UnderWay> {
  const { nodes } = await cluster.status();
  const before = existsSync(journalOf(cluster)) ? readFileSync(journalOf(cluster)).length : 0;
  const running = cluster.controller(...command);
  const server = await within(
    MOMENT_TIMEOUT_MS,
    'the first node is back',
    () =>
      journalLines(cluster, before).find(({ event, step }) => event === 'end' && step.kind === 'end-node')
        ?.step.server,
  );
  const first = nodeAt(cluster, server);
  const next = nodes.find(({ name, leads }) => name !== first.name && leads.length === 0);
  if (next === undefined) throw new Error('no follower is left');
  return { running, first, next };
}

export function nodeAt({ nodes }: TestCluster, server: string): TestNode {
  const found = nodes.find(({ svr_ip, svr_port }) => `${svr_ip}:${svr_port}` === server);
  if (found === undefined) throw new Error(`no node ${server}`);
  return found;
}
