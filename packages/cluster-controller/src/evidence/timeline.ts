import type { JournalLine } from '../journal.ts';
import type { RecordedRun, TimedEvent } from '../run-reader.ts';

/** What happened when, from the run's record; what only the journal has is marked so. Pure. */

export interface Moment {
  /** ISO 8601. */
  readonly at: string;
  readonly kind: 'begin' | 'step' | 'wait' | 'mesh' | 'trouble' | 'note' | 'end';
  readonly text: string;
  /** Of a step, in milliseconds. */
  readonly ms: number | null;
  readonly from: 'record' | 'journal';
}

/** Marks in the journal, which nothing is done for. */
const MARKS: ReadonlySet<string> = new Set(['begin-node', 'begin-roll']);
/** What the record says in its own way. */
const RUN_MARKS: ReadonlySet<string> = new Set(['begin-run', 'end-run']);

export function timelineOf(run: RecordedRun | undefined, journal: readonly JournalLine[]): readonly Moment[] {
  if (run === undefined) return journal.map(journalMoment);
  const { plan, after } = run;
  const begin: Moment[] =
    plan === undefined
      ? []
      : [
          moment(
            plan.started_at,
            'begin',
            `${plan.goal}${plan.resumes ? ', taken up where another run ended' : ''}: the plan was made`,
          ),
        ];
  const end: Moment[] =
    after === null || after === undefined
      ? []
      : [
          moment(
            after.ended_at,
            'end',
            `${after.outcome}${after.reason === null ? '' : `: ${after.reason}`}; ${after.steps} steps in ${(after.elapsed_ms / 1000).toFixed(1)} s`,
          ),
        ];
  return [...begin, ...run.events.flatMap(eventMoment), ...unrecorded(run, journal), ...end].toSorted(
    (a, b) => a.at.localeCompare(b.at),
  );
}

function eventMoment(event: TimedEvent): readonly Moment[] {
  switch (event.event) {
    case 'begin':
      return MARKS.has(event.step.kind) ? [moment(event.at, 'note', event.text)] : [];
    case 'end':
      return MARKS.has(event.step.kind) ? [] : [{ ...moment(event.at, 'step', event.text), ms: event.ms }];
    case 'fail':
      return [moment(event.at, 'trouble', `${event.text}: ${event.reason}`)];
    case 'wait':
      return [moment(event.at, 'wait', `waits for ${event.text}`)];
    case 'say':
      return [moment(event.at, 'note', event.text)];
    case 'mesh':
      return [moment(event.at, 'mesh', meshText(event))];
    default:
      return [moment((event as TimedEvent).at, 'note', (event as TimedEvent).event)];
  }
}

function meshText({
  encrypted,
  plain,
  missing,
}: {
  encrypted: number;
  plain: number;
  missing: number;
}): string {
  const parts = [
    `${encrypted} links encrypted`,
    ...(plain > 0 ? [`${plain} in clear`] : []),
    ...(missing > 0 ? [`${missing} down`] : []),
  ];
  return parts.join(', ');
}

/** Lines of the journal within the run of which the record knows nothing: it could not be written then. */
function unrecorded(
  { plan, after, events }: RecordedRun,
  journal: readonly JournalLine[],
): readonly Moment[] {
  const known = new Set(events.flatMap((event) => ('step' in event ? [JSON.stringify(event.step)] : [])));
  const from = plan?.started_at ?? '9';
  const until = after?.ended_at ?? '9';
  return journal
    .filter(
      ({ at, step }) =>
        at >= from && at <= until && !RUN_MARKS.has(step.kind) && !known.has(JSON.stringify(step)),
    )
    .map(journalMoment);
}

function journalMoment({ at, event, step }: JournalLine): Moment {
  return { ...moment(at, 'step', `${step.kind} ${event}`), from: 'journal' };
}

function moment(at: string, kind: Moment['kind'], text: string): Moment {
  return { at, kind, text, ms: null, from: 'record' };
}
