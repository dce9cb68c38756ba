import t from 'tap';
import { allocateKillBoard, KillBoard } from '../../src/reading/kill-board.ts';

t.test('a statement sees that it was killed since it began, and by whom it may be', (t) => {
  const memory = allocateKillBoard();
  const [log, sql] = [new KillBoard(memory), new KillBoard(memory)];
  const own = { connectionId: 0x8004_0001, tenantId: 1002 };
  log.note(own.connectionId, undefined);
  const killed = sql.watch(own);

  t.equal(killed(), false, 'what came before was meant for another statement');
  log.note(own.connectionId + 1, undefined);
  log.note(own.connectionId, 1004);
  t.equal(killed(), false, 'another connection, another tenant');
  log.note(own.connectionId, 1002);
  t.equal(killed(), true);
  t.equal(sql.watch(own)(), false, 'the next statement');

  const busy = sql.watch(own);
  for (let count = 0; count < 1_000; count += 1) log.note(count, undefined);
  log.note(own.connectionId, undefined);
  t.equal(busy(), true, 'among many');
  t.end();
});
