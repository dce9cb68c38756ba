import t from 'tap';
import { HalfOpen } from '../../src/mysql-front/half-open.ts';

t.test('who holds most connections open without a login gives way, the longest-waiting first', async (t) => {
  const waiting = new HalfOpen<string>();
  for (const name of ['a1', 'a2', 'a3']) waiting.add(name, '10.0.0.1');
  waiting.add('b1', '10.0.0.2');
  waiting.add('c1', '10.0.0.3');
  waiting.add('c2', '10.0.0.3');
  t.equal(waiting.size, 6);

  t.equal(waiting.takeVictim(), 'a1');
  waiting.delete('a2');
  t.equal(waiting.takeVictim(), 'c1');
  waiting.delete('nobody');
  t.strictSame(
    [waiting.takeVictim(), waiting.takeVictim(), waiting.takeVictim(), waiting.takeVictim()],
    ['a3', 'b1', 'c2', undefined],
  );
  t.equal(waiting.size, 0);
});
