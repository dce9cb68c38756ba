import t from 'tap';
import { NodeCalls, type NodeCallsOptions } from '../../src/cluster/node-calls.ts';

t.test('a server that is asked before it is added takes no other from the mesh', async (t) => {
  let table = ['one', 'two'];
  let dialled: readonly string[] = table;
  const answers = new Map<string, PromiseWithResolvers<unknown>>();
  const calls = new NodeCalls({
    self: 'one',
    servers: () => table,
    mesh: {
      setServers: (servers: readonly string[]) => {
        dialled = servers;
      },
      call: (server: string) => {
        const answer = Promise.withResolvers<unknown>();
        answers.set(server, answer);
        return answer.promise;
      },
    },
  } as unknown as NodeCallsOptions);

  const three = calls.askNewServer('three');
  const four = calls.askNewServer('four');
  t.same(dialled, ['one', 'two', 'three', 'four']);
  table = ['one', 'two', 'five'];
  answers.get('three')?.reject(new Error('it is down'));
  await t.rejects(three, { message: 'it is down' });
  t.same(dialled, ['one', 'two', 'five', 'four'], 'the table of this moment');
  answers.get('four')?.resolve({ empty: true });
  t.same(await four, { empty: true });
  t.same(dialled, ['one', 'two', 'five']);
  await t.rejects(calls.askNewServer('one'), { name: 'OB_ENTRY_EXIST' });
});
