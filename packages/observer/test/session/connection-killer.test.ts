import { isObError } from '@sealane/errors';
import t from 'tap';
import type { ProcessRow } from '../../src/mysql-front/index.ts';
import { ConnectionKiller, type Killer } from '../../src/session/connection-killer.ts';

const sessions = [
  { connectionId: 1, user: 'app', tenantId: 1 },
  { connectionId: 2, user: 'app', tenantId: 1002 },
  { connectionId: 3, user: 'root', tenantId: 1002 },
] as ProcessRow[];

/** What KILL comes to. */
async function killed(connectionId: bigint, by: Killer): Promise<string> {
  const ended: number[] = [];
  const killer = new ConnectionKiller({
    processes: { rows: () => sessions, kill: (id) => ended.push(id) > 0 },
    others: () => [],
    ask: async () => false,
  });
  try {
    await killer.kill(connectionId, 'connection', by);
    return `ended ${ended.join()}`;
  } catch (error) {
    return isObError(error) ? error.name : String(error);
  }
}

t.test('sessions are ended by their owner, their tenant’s SUPER, and the SUPER of sys', async (t) => {
  const verdicts: readonly (readonly [bigint, Killer, string])[] = [
    [2n, { tenantId: 1002, owner: 'app' }, 'ended 2'],
    [3n, { tenantId: 1002, owner: 'app' }, 'OB_ERR_KILL_DENIED'],
    [3n, { tenantId: 1002, owner: undefined }, 'ended 3'],
    [1n, { tenantId: 1002, owner: undefined }, 'OB_UNKNOWN_CONNECTION'],
    [1n, { tenantId: 1, owner: 'app' }, 'ended 1'],
    // Somebody of the same name in another tenant is somebody else.
    [2n, { tenantId: 1, owner: 'app' }, 'OB_UNKNOWN_CONNECTION'],
    [2n, { tenantId: 1, owner: undefined }, 'ended 2'],
    [9n, { tenantId: 1, owner: undefined }, 'OB_UNKNOWN_CONNECTION'],
  ];
  for (const [id, by, verdict] of verdicts)
    t.equal(await killed(id, by), verdict, `${id} by ${by.owner ?? 'SUPER'} of ${by.tenantId}`);
});
