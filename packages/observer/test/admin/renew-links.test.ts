import { ObError } from '@sealane/errors';
import t from 'tap';
import { type RenewLinksOptions, renewLinks } from '../../src/admin/renew-links.ts';

const rows = [2882, 3882].map((port, index) => ['127.0.0.1', port, index + 1, 'z', 0, 'ACTIVE', '', 0, 0, 0]);

function options(renew: RenewLinksOptions['renewLinks']): RenewLinksOptions {
  return { sql: { local: () => rows }, renewLinks: renew } as unknown as RenewLinksOptions;
}

t.test(
  'a server that is none of the cluster is named, with those that are, and nobody is asked',
  async (t) => {
    const asked = options(async () => t.fail('nobody is asked') as never);

    await t.rejects(renewLinks(['127.0.0.1:2882', '127.0.0.1:9'], asked), {
      name: 'OB_INVALID_ARGUMENT',
      message:
        'Incorrect arguments to server: 127.0.0.1:9 is none of this cluster, which has 127.0.0.1:2882, 127.0.0.1:3882',
    });
  },
);

t.test('all are tried before the links that stayed are told', async (t) => {
  const asked: string[] = [];
  const some = options(async (server) => {
    asked.push(server);
    if (server.endsWith(':2882')) throw new ObError('OB_TIMEOUT', [], { message: 'no answer' });
    return [
      { server: '127.0.0.1:2882', failure: 'expired' },
      { server: '127.0.0.1:4882', failure: undefined },
    ];
  });

  await t.rejects(renewLinks([], some), {
    name: 'OB_CONNECT_ERROR',
    message:
      'not renewed, the old links stay: those of 127.0.0.1:2882: no answer; 127.0.0.1:3882 to 127.0.0.1:2882: expired',
  });
  t.same(asked, ['127.0.0.1:2882', '127.0.0.1:3882']);
});
