/**
 * Items of several sources as they come, with the number of their source. A source is asked for its next item only after the last one
 * was done with. Ends, or fails, with the first of them that does.
 */
export async function* inTurns<Item>(
  sources: readonly AsyncGenerator<Item>[],
): AsyncGenerator<readonly [source: number, item: Item]> {
  const next = (at: number) => sources[at]?.next().then((result) => ({ at, result }));
  const waiting = new Map(sources.map((_, at) => [at, next(at)]));
  try {
    for (;;) {
      const found = await Promise.race(waiting.values());
      if (found === undefined || found.result.done === true) return;
      yield [found.at, found.result.value];
      waiting.set(found.at, next(found.at));
    }
  } finally {
    // One that hangs in next() ends when its own source does.
    for (const source of sources) void source.return(undefined).catch(() => undefined);
    for (const each of waiting.values()) each?.catch(() => undefined);
  }
}
