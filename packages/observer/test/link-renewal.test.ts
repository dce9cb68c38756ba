import { pcodes } from '@sealane/ob-rpc';
import t from 'tap';
import { ENCRYPTED, nodesInClear, until } from './mesh-node.ts';

const OPTIONS = { timeoutMs: 5_000 };

t.test('a renewed link takes over before the old one ends, and no call of many fails', async (t) => {
  const { server, client, listener, peers, address, ask } = await nodesInClear(t);
  const slow = Promise.withResolvers<string>();
  listener.handle(pcodes.LS_FETCH_LOG, () => slow.promise);
  t.equal(await ask(), false);
  const owed = peers.call(address, pcodes.LS_FETCH_LOG, null, OPTIONS);
  let over = false;
  let calls = 0;
  const load = Array.from({ length: 8 }, async () => {
    for (; !over; calls += 1) await ask();
  });

  server.configure(ENCRYPTED);
  client.configure(ENCRYPTED);
  const renewals: unknown[] = [await peers.renew(), await peers.renew(), await peers.renew()];
  over = true;
  await Promise.all(load);

  t.same(renewals.flat(), Array(3).fill({ server: address, failure: undefined }));
  t.equal(await ask(), true, 'the new link is encrypted');
  t.comment(`${calls} calls meanwhile, none failed`);
  const waiting = client.ledger.list().filter((link) => link.closedAt === undefined);
  t.match(
    waiting.toSorted((a, b) => a.linkId - b.linkId),
    [{ mode: 'PLAIN' }, { mode: 'ENCRYPTED' }],
  );
  slow.resolve('at last');
  t.equal(await owed, 'at last', 'the answer that was owed comes over the old link');
  await until(
    () => client.ledger.list().filter((link) => !link.closedAt).length === 1,
    'the old link to end',
  );
  t.match(client.ledger.list()[1], { mode: 'PLAIN', closeReason: 'the link was renewed' });
});

t.test('where no new link opens, renewal says why and the old link stays', async (t) => {
  const { server, client, peers, address, ask } = await nodesInClear(t);
  t.equal(await ask(), false);

  client.configure(ENCRYPTED);
  const [renewal] = await peers.renew();

  t.match(renewal, { server: address, failure: /the peer closed the connection/ });
  t.match(server.logText(), /refused TLS from .*ssl_client_authentication is False here, set it to True/);
  t.equal(await ask(), false, 'the old one still serves');
});
