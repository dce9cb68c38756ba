import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import t from 'tap';
import { startRelay } from '../src/relay.ts';
import { within } from '../src/within.ts';

t.test(
  'a relay passes every byte on, keeps both directions apart, and cuts the line when told',
  async (t) => {
    const echo = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (chunk) => socket.write(Buffer.from(chunk.toString().toUpperCase())));
    });
    echo.listen(0, '127.0.0.1');
    await once(echo, 'listening');
    t.teardown(() => echo.close());
    const address = echo.address();
    if (typeof address !== 'object' || address === null) throw new Error('no address');
    const relay = await startRelay(t, { host: '127.0.0.1', port: address.port });

    const client = connect(relay.port, '127.0.0.1');
    client.on('error', () => undefined);
    client.write('hello');
    const [answer] = (await once(client, 'data')) as [Buffer];

    t.equal(answer.toString(), 'HELLO');
    t.equal(relay.fromClients().toString(), 'hello');
    t.equal(relay.fromServer().toString(), 'HELLO');
    t.equal(relay.connections, 1);
    const closed = once(client, 'close');
    relay.cut();
    await closed;
  },
);

t.test('a condition that does not come true is named at its deadline, with the last error', async (t) => {
  const error = await t.rejects(
    within(60, 'pigs fly', () => {
      throw new Error('no wings');
    }),
  );
  t.match(error, { message: 'not within 60 ms: pigs fly', cause: { message: 'no wings' } });
});
