import { type ClientCounts, ClientWatch } from '../client-watch.ts';
import { type ExecutionResult, execute, type StopReason } from '../execute.ts';
import { type Goal, goalName } from '../goal.ts';
import type { Journal, RunOptions } from '../journal.ts';
import { LoggedProgress } from '../logged-progress.ts';
import { type OverrideRequest, overrideOf } from '../override.ts';
import type { Preflight } from '../preflight/preflight.ts';
import { RecordedProgress } from '../recorded-progress.ts';
import { StopRequests } from '../stop-request.ts';
import { pathsUnder } from '../targets/cluster-file.ts';
import { recordRun } from './record-run.ts';
import { StopSwitch } from './stop-switch.ts';
import { type Cluster, progressFor, type Surroundings } from './surroundings.ts';

export interface RunRequest {
  readonly goal: Goal;
  /** Ask nothing. */
  readonly yes: boolean;
  readonly options?: Partial<RunOptions> | undefined;
  /** The one node whose restart is its cure. */
  readonly override?: OverrideRequest | undefined;
  /** Go no further than to where no node is down. */
  readonly onlyToSafety?: StopReason;
}

/** One second shows a crash right after the start; whoever has the time says more. */
export const DEFAULT_OPTIONS: RunOptions = { soakMs: 1_000, errorBudget: 5 };

/** Climbs the ladder towards the goal, recorded, watched by a client of our own, and stopped by whoever may. */
export async function climb(
  around: Surroundings,
  cluster: Cluster,
  request: RunRequest & { readonly resumes: boolean },
  journal: Journal,
  looked: Preflight,
): Promise<{ result: ExecutionResult; clients: ClientCounts | null }> {
  const { goal, resumes } = request;
  const paths = pathsUnder(around.baseDirectory);
  const options = optionsOf(cluster, request);
  const requests = new StopRequests(paths.stopRequest);
  const plan = { goal, resumes, ...looked };
  let clients: ClientCounts | null = null;
  const result = await recordRun(paths.runs, cluster, plan, async (record) => {
    const progress = new LoggedProgress(
      around.openLog(),
      new RecordedProgress(record, looked.view, progressFor(around)),
    );
    const say = (text: string) => progress.say(text);
    sayWhatIsUnfinished(journal, goal, say);
    const watch = await watchClients(cluster, say);
    const stop = new StopSwitch({ requests, watch, errorBudget: options.errorBudget, say });
    try {
      return await execute({
        goal,
        journal,
        progress,
        steps: { target: cluster.target, sql: cluster.sql },
        observe: cluster.observe,
        options,
        stopWanted: () => request.onlyToSafety ?? stop.wanted(),
      });
    } finally {
      stop.close();
      clients = (await watch?.end()) ?? null;
      progress.close();
    }
  });
  return { result, clients };
}

/** An override holds for the run that it is given to, and for no other that goes on with it. */
export function optionsOf({ target }: Cluster, { options, override }: RunRequest): RunOptions {
  const { override: _earlier, ...rest } = { ...DEFAULT_OPTIONS, ...options };
  return override === undefined ? rest : { ...rest, override: overrideOf(target, override) };
}

/** Of the run, or of the roll of an older journal, that did not come to its end. */
export function unfinishedName(journal: Journal): string | undefined {
  const run = journal.unfinishedRun();
  return run === undefined ? journal.unfinishedRoll()?.goal : goalName(run.goal);
}

function sayWhatIsUnfinished(journal: Journal, goal: Goal, say: (text: string) => void): void {
  const name = unfinishedName(journal);
  if (name === undefined) return;
  const next = name === goalName(goal) ? 'taking it up where it was' : 'what it left down comes back first';
  say(`"${name}" was interrupted; ${next}`);
}

/** Without somebody to write the roll is as safe as before, only less is known of it. */
async function watchClients(cluster: Cluster, say: (text: string) => void): Promise<ClientWatch | undefined> {
  const { ways, throughProxy } = await cluster.clientWays();
  const watch = new ClientWatch(ways, !throughProxy);
  try {
    await watch.begin();
    return watch;
  } catch (error) {
    await watch.end();
    say(
      `no statement of the controller's own goes along: ${error instanceof Error ? error.message : String(error)}`,
    );
    return undefined;
  }
}
