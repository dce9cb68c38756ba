import t from 'tap';
import { distributeList } from '../src/certs/distribute-list.ts';

t.test('a node that refuses keeps the list from none of the others', async (t) => {
  const nodes = ['10.0.0.1:2882', '10.0.0.2:2882', '10.0.0.3:2882'].map((server, index) => ({
    name: `observer-${index + 1}`,
    server,
    zone: 'z',
    sqlPort: 2881,
    reach: { host: '10.0.0.1', port: 2881 },
  }));
  const done: string[] = [];
  const said: string[] = [];

  await distributeList('the list', {
    target: {
      nodes,
      proxies: [{ name: 'obproxy', reach: { host: '10.0.0.4', port: 2883 }, identity: '10.0.0.4' }],
      installWallet: async (server, { certificate, crl }) => {
        done.push(`install ${server} ${certificate} ${crl}`);
      },
    },
    sql: {
      query: async (server, text) => {
        done.push(`${text} ${server}`);
        if (server === '10.0.0.1:2882') throw new Error('its process is not running');
      },
    },
    wallets: new Map(
      [...nodes.map(({ server }) => server), 'obproxy'].map((member) => [
        member,
        { ca: 'ca', certificate: `leaf ${member}`, key: 'key' },
      ]),
    ),
    say: (text) => said.push(text),
  });

  t.same(done, [
    ...nodes.map(({ server }) => `install ${server} leaf ${server} the list`),
    'install obproxy leaf obproxy the list',
    ...nodes.map(({ server }) => `ALTER INSTANCE RELOAD TLS ${server}`),
  ]);
  t.same(said, ['10.0.0.1:2882 answers: its process is not running']);
});
