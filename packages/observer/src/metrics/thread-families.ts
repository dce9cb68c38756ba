import { type Family, gauge, type LoopDelay } from '@sealane/metrics';

/** What a thread of this process says of itself. */
export interface ThreadFigures {
  /** Since somebody asked last. */
  readonly delay: LoopDelay;
  readonly heapUsedBytes: number;
}

export function threadFamilies(threads: Readonly<Record<'sql' | 'log', ThreadFigures>>): readonly Family[] {
  const of = Object.entries(threads);
  return [
    gauge(
      'sealane_event_loop_delay_seconds',
      'How late a thread came to what was due, since the last scrape.',
      of.flatMap(([thread, { delay }]) =>
        Object.entries(delay).map(([stat, value]) => ({ labels: { thread, stat }, value })),
      ),
    ),
    gauge(
      'sealane_heap_used_bytes',
      'Heap of a thread in use.',
      of.map(([thread, { heapUsedBytes }]) => ({ labels: { thread }, value: heapUsedBytes })),
    ),
  ];
}
