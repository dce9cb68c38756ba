import { join } from 'node:path';
import { DialledLink, pcodes } from '@sealane/ob-rpc';
import { createAuthority } from '@sealane/transport-security';
import t from 'tap';
import { AUTHENTICATED, ENCRYPTED, MeshNode, makeWallet } from '../mesh-node.ts';

t.test("a MySQL client's certificate opens nothing on the RPC port, whatever name it gives", async (t) => {
  const authority = await createAuthority();
  const base = t.testdir({});
  const server = new MeshNode(t, { wallet: await makeWallet(join(base, 'server'), { authority }) });
  // What a MySQL client holds, put where a node would look for its own.
  const own = { authority, commonName: 'app', addresses: [], use: ['client'] } as const;
  const client = new MeshNode(t, { wallet: await makeWallet(join(base, 'client'), own) });
  let reached = 0;
  server.configure(ENCRYPTED);
  client.configure(ENCRYPTED);
  const listener = await server.listen();
  listener.handle(pcodes.REMOTE_EXECUTE, () => {
    reached += 1;
    return null;
  });

  for (const mode of [ENCRYPTED, AUTHENTICATED]) {
    const method = mode === ENCRYPTED ? 'SSL_IO' : 'SSL_NO_ENCRYPT';
    for (const name of [undefined, '127.0.0.1:2882']) {
      const link = new DialledLink({
        peer: { host: '127.0.0.1', port: listener.port },
        self: { server: name, identity: 'tool', clusterName: 'obcluster', clusterId: 1 },
        plan: () => ({ generation: 'ussl', method }),
        encrypter: client.security,
        watcher: client.ledger,
        logger: client.logger(),
      });
      t.teardown(() => link.close());
      link.start();
      await t.rejects(link.call(pcodes.REMOTE_EXECUTE, null, { timeoutMs: 2_000 }), `${method} as ${name}`);
      void link.close();
    }
  }

  t.equal(reached, 0);
  t.match(client.logText(), /tool is no server, and its certificate \/O=Sealane\/CN=app is no tool's/);
  t.match(
    client.logText(),
    /says it is 127\.0\.0\.1:2882, but its certificate \/O=Sealane\/CN=app names nothing/,
  );
});
