import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createAuthority,
  createRevocationList,
  issueCertificate,
  issueNode,
  makeCertificates,
  readAuthority,
} from '@sealane/transport-security';
import t from 'tap';
import { certificatesIn, sha256Of } from '../src/certs/certificate-report.ts';
import { daysUntil, horizonJson, horizonOf, horizonText } from '../src/certs/horizon.ts';
import { inspectFiles } from '../src/certs/inspect.ts';
import { listsIn, nextUpdateOf } from '../src/certs/revocations.ts';
import { nodesInUse, serialsIn } from '../src/certs/revoke.ts';
import type { ClusterView, LinkRow, NodeView } from '../src/cluster-view.ts';
import type { WalletFiles } from '../src/targets/target.ts';

const directory = mkdtempSync(join(tmpdir(), 'sealane-horizon-'));
t.teardown(() => rmSync(directory, { recursive: true, force: true }));

const names = ['a', 'b'];
await makeCertificates({
  directory,
  days: 100,
  authorityDays: 200,
  nodes: names.map((name, index) => ({ name, ip: `10.0.0.${index + 1}`, wallet: join(directory, name) })),
});
const authority = readAuthority(directory) ?? (await createAuthority());
const wallets = new Map<string, WalletFiles>(
  names.map((name, index) => [
    `10.0.0.${index + 1}:2882`,
    { ca: read('ca.pem'), certificate: read(name, 'server-cert.pem'), key: read(name, 'server-key.pem') },
  ]),
);
const now = new Date();

t.test('the first thing to end is named with the links that it takes away', async (t) => {
  const short = await issueNode(authority, { name: 'b', ip: '10.0.0.2' }, { days: 20 });
  const mixed = new Map(wallets).set('10.0.0.2:2882', {
    ...wallets.get('10.0.0.2:2882'),
    ca: read('ca.pem'),
    ...short,
  });

  const horizon = horizonOf({ view: viewOf(mixed), wallets: mixed, listsEnd: new Map() });

  t.strictSame(
    horizon.map(({ what, links }) => [what, links]),
    [
      ['certificate of b', ['a → b']],
      ['client certificate /CN=app', ['SQL clients → a']],
      ['certificate of a', ['SQL clients → a', 'a → b']],
      ['CA /O=Sealane/CN=Sealane CA', ['SQL clients → a', 'a → b']],
    ],
  );
  t.match(horizonText(horizon, now), /^certificate of b expires in 19 days, .*1 links fail/);
  t.match(horizonJson(horizon, now)[0], { days_left: 19, what: 'certificate of b', links: ['a → b'] });
  t.match(horizonText(horizon, new Date(now.getTime() + 21 * 86_400_000)), /certificate of b EXPIRED/);
  t.equal(horizonText([], now), 'no certificate is in use');
});

t.test('a revocation list that ends takes all links of its node away', async (t) => {
  const end = new Date(now.getTime() + 5 * 86_400_000);
  const [first] = horizonOf({ view: viewOf(wallets), wallets, listsEnd: new Map([['10.0.0.1:2882', end]]) });

  t.match(first, { what: 'crl.pem of a', at: end, links: ['SQL clients → a', 'a → b'] });
  t.equal(daysUntil(end, now), 5);
});

t.test('files are judged by the CAs and lists beside them', async (t) => {
  const other = await createAuthority({ commonName: 'other' });
  const plain = await issueCertificate(authority, { commonName: 'x', addresses: [], use: ['client'] });
  const authorities = certificatesIn(read('ca.pem'));
  const files = new Map([
    ['ca.pem', read('ca.pem')],
    ['server-cert.pem', plain.certificate],
    ['client-cert.pem', read('client-cert.pem')],
  ]);
  const client = new Map([['client-cert.pem', read('client-cert.pem')]]);

  const good = inspectFiles(client, { authorities, crls: [], now });
  const bad = inspectFiles(files, { authorities, crls: [], now });
  const foreign = inspectFiles(files, { authorities: certificatesIn(other.certificate), crls: [], now });

  t.strictSame(good.refused, []);
  t.match(good.certificates[0], {
    ...{ subject: '/O=Sealane/CN=client', uses: ['client'], chain: 'ok', key: 'EC prime256v1' },
  });
  t.match(bad.refused, [/server-cert\.pem is not for TLS servers/]);
  t.match(foreign.refused.join('\n'), /client-cert\.pem was not issued by a CA in ca\.pem/);
  t.match(inspectFiles(client, { authorities: [], crls: [], now }).certificates[0]?.chain, /no CA to judge/);

  const [serialNumber = ''] = serialsIn(read('client-cert.pem')) ?? [];
  const request = { number: 3n, thisUpdate: new Date(0), nextUpdate: new Date(1000) };
  const list = await createRevocationList(authority, {
    ...request,
    revoked: [{ serialNumber, revokedAt: now }],
  });
  const revoked = inspectFiles(client, { authorities, crls: listsIn(list), now });
  t.match(revoked.refused.join('\n'), /had to be replaced by 1970[\s\S]*is revoked by crl\.pem/);
  t.strictSame(nextUpdateOf(list), new Date(1000));
  t.equal(nextUpdateOf(undefined), undefined);
  t.strictSame(listsIn(list.replace('M', '!')), [], 'a damaged one says nothing');
});

t.test(
  'a serial number is taken from a certificate or as it is written, and what a node uses is told',
  async (t) => {
    const [serial = ''] = serialsIn(read('a', 'server-cert.pem')) ?? [];
    t.match(serial, /^[1-9a-f][0-9a-f]+$/);
    t.strictSame(serialsIn(`0x00${serial.toUpperCase()}`), [serial]);
    t.strictSame(serialsIn('0A:0B'), ['a0b']);
    t.equal(serialsIn('hello'), undefined);
    t.strictSame(nodesInUse(new Set([serial]), wallets), ['10.0.0.1:2882']);
    t.strictSame(nodesInUse(new Set(['1']), wallets), []);
  },
);

/** a has dialled b; a client with a certificate of 50 days is connected to a. */
function viewOf(files: ReadonlyMap<string, WalletFiles>): ClusterView {
  const [leafA, leafB] = ['10.0.0.1:2882', '10.0.0.2:2882'].map(
    (server) => certificatesIn(files.get(server)?.certificate)[0],
  );
  if (leafA === undefined || leafB === undefined) throw new Error('no leaf');
  const facts = (leaf: typeof leafA) => ({ sha256: sha256Of(leaf), expiresAt: leaf.validToDate });
  const client = { sha256: 'c'.repeat(64), expiresAt: new Date(now.getTime() + 50 * 86_400_000) };
  const dialled = link('RPC', 'OUT', {
    peerServer: '10.0.0.2:2882',
    localCertificate: facts(leafA),
    peerCertificate: facts(leafB),
  });
  const accepted = link('RPC', 'IN', {
    peerServer: '10.0.0.1:2882',
    localCertificate: facts(leafB),
    peerCertificate: facts(leafA),
  });
  const sql = link('SQL', 'IN', {
    localCertificate: facts(leafA),
    peerCertificate: client,
    peerIdentity: '/CN=app',
  });
  return {
    proxies: [],
    nodes: [nodeView('a', '10.0.0.1:2882', [dialled, sql]), nodeView('b', '10.0.0.2:2882', [accepted])],
  };
}

function nodeView(name: string, server: string, links: readonly LinkRow[]): NodeView {
  const tls = { enabled: true, leaf: undefined, expiresAt: undefined, authorities: [], loadedAt: '' };
  const reload = { crlNumber: null, lastReloadResult: null, lastReloadReason: null };
  return {
    ...{ name, server, zone: 'z', sqlHost: 'h', sqlPort: 1, unreachable: undefined },
    process: { running: true, pid: 1, instance: '1' },
    answer: {
      ...{ servers: [], parameters: {}, streams: [], certificateExpiresAt: null },
      ...{ askedEncrypted: true, tenantsServe: true, links, tls: { ...tls, ...reload } },
    },
  };
}

function link(kind: string, direction: 'IN' | 'OUT', given: Partial<LinkRow>): LinkRow {
  return {
    ...{
      linkId: '1',
      kind,
      direction,
      peerAddress: 'x',
      peerServer: undefined,
      mode: 'ENCRYPTED',
      protocol: null,
    },
    ...{ cipher: null, epoch: 1, openedAt: '', clearBytesIn: 0, clearBytesOut: 0, encryptedBytesIn: 0 },
    ...{ encryptedBytesOut: 0, localCertificate: undefined, peerCertificate: undefined, peerIdentity: null },
    ...given,
  };
}

function read(...path: string[]): string {
  return readFileSync(join(directory, ...path), 'utf8');
}
