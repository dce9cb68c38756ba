import t from 'tap';
import { BusyWatch } from '../src/busy-watch.ts';

t.test('a thread that was busy for long says so, once, and for how long', async (t) => {
  const warnings: unknown[] = [];
  const silent = () => undefined;
  const logger = {
    debug: silent,
    info: silent,
    error: silent,
    warn: (fields: object) => warnings.push(fields),
  };
  let nowMs = 0;
  const watch = new BusyWatch(logger, () => nowMs);
  watch.start();
  t.teardown(() => watch.stop());

  nowMs += 510;
  watch.look();
  nowMs += 1_400;
  watch.look();
  t.same(warnings, [], 'under a second is daily work');

  nowMs += 20_500;
  watch.look();
  nowMs += 500;
  watch.look();
  t.same(warnings, [{ busy_ms: 20_000 }]);
});
