import { startCluster } from '@sealane/testkit';
import t from 'tap';
import { replay } from '../cdc/replay.ts';
import { watchFaults } from '../cdc/watch-properties.ts';
import { lacksMariaDb } from '../differential/mariadb.ts';

/** obcdc against real servers; test/cdc/main.ts is the same at full length. */

const SEED = 20_261;
t.setTimeout(300_000);

t.test(
  'what obcdc writes makes the same tables elsewhere: leaders change, encryption is turned on, it is killed and goes on',
  { skip: lacksMariaDb() },
  async (t) => {
    t.comment(`seed ${SEED}`);
    const cluster = await startCluster(t);
    const say = (text: string): void => t.comment(text);
    const { changes, differences, records } = await replay(t, cluster, {
      seed: SEED,
      changes: 6_000,
      kills: 2,
      say,
    });
    t.same(differences, [], `${changes} changes, replayed into MariaDB`);
    t.same(
      watchFaults(records),
      [],
      'ordered, unique, atomic, reliable, bookmarkable, over every resumption',
    );
    t.ok(records.length > changes, `${records.length} records`);
  },
);
