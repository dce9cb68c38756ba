import { chmodSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { duplexPair } from 'node:stream';
import {
  createAuthority,
  type Issued,
  issueNode,
  readCrlUrl,
  TransportSecurity,
} from '@sealane/transport-security';
import t from 'tap';
import { emptyRevocationList, renewLeaf } from '../src/certs/prepare.ts';
import type { CompleteWallet } from '../src/targets/target.ts';
import { installWalletIn, walletEntries } from '../src/targets/wallet-files.ts';

const ON = { sslClientAuthentication: true, sqlMinTlsVersion: 'none' };
const NODE = { name: 'observer-1', ip: '127.0.0.1' };

async function walletOf(authority: Issued): Promise<CompleteWallet> {
  return {
    ...(await issueNode(authority, NODE)),
    ca: authority.certificate,
    crl: await emptyRevocationList(authority),
  };
}

t.test('a node that reads between two files keeps what it had, goes on with it, and heals', async (t) => {
  const [old, next] = await Promise.all([1, 2].map(async () => walletOf(await createAuthority())));
  if (old === undefined || next === undefined) throw new Error('no wallets');
  const directory = join(t.testdir({}), 'wallet');
  installWalletIn(directory, old);
  const node = new TransportSecurity({
    walletDirectory: directory,
    address: NODE.ip,
    logger: { info: () => undefined, warn: () => undefined },
  });
  node.reload(ON, 'start');
  const before = node.localCertificate?.sha256;

  const entries = walletEntries(next);
  for (const [index, { name, text, mode }] of entries.entries()) {
    writeFileSync(join(directory, name), text ?? '', { mode });
    if (index === entries.length - 1) break;
    for (const occasion of ['arriving', 'change'] as const) {
      t.equal(node.reload(ON, occasion), 'failed', `${name} alone is new (${occasion})`);
      t.equal(node.localCertificate?.sha256, before);
    }
    t.equal(await linkToItself(node), before, 'a link can be made meanwhile');
  }

  t.equal(node.reload(ON, 'arriving'), 'loaded');
  t.not(node.localCertificate?.sha256, before);
  t.equal(await linkToItself(node), node.localCertificate?.sha256);
});

t.test('trust in a second CA loads, and a list that is taken away is obeyed no more', async (t) => {
  const [one, two] = await Promise.all([createAuthority(), createAuthority({ commonName: 'next' })]);
  const { crl: _, ...leaf } = await walletOf(one);
  const directory = join(t.testdir({}), 'wallet');
  installWalletIn(directory, { ...leaf, crl: await emptyRevocationList(one) });
  const node = new TransportSecurity({
    walletDirectory: directory,
    logger: { info: () => undefined, warn: () => undefined },
  });
  node.reload(ON, 'start');

  installWalletIn(directory, { ...leaf, ca: `${one.certificate}\n${two.certificate}`, crl: undefined });

  t.equal(node.reload(ON, 'change'), 'loaded');
  t.equal(node.status.loaded?.authorities.length, 2);
  t.strictSame(node.status.loaded?.crlNumbers, []);
});

t.test('what an interrupted exchange left behind does not lend its mode to a key', async (t) => {
  const directory = join(t.testdir({}), 'wallet');
  mkdirSync(directory);
  writeFileSync(join(directory, 'server-key.pem.new'), 'half');
  chmodSync(join(directory, 'server-key.pem.new'), 0o666);

  installWalletIn(directory, await walletOf(await createAuthority()));

  t.equal(statSync(join(directory, 'server-key.pem')).mode & 0o777, 0o600);
  rmSync(directory, { recursive: true });
});

t.test('a renewed leaf says where the list is published, as the old one did or as it is told', async (t) => {
  const authority = await createAuthority();
  const options = { days: undefined, keyType: undefined, keepKeys: false };
  const server = { name: NODE.name, identity: '127.0.0.1' };
  const urlOf = async (crlUrl: string | undefined, was?: string): Promise<string | undefined> => {
    const old = await issueNode(authority, NODE, was === undefined ? {} : { crlUrl: was });
    return readCrlUrl((await renewLeaf(authority, old, server, { ...options, crlUrl })).certificate);
  };

  t.equal(await urlOf(undefined), undefined);
  t.equal(await urlOf(undefined, 'http://a.example/crl'), 'http://a.example/crl');
  t.equal(await urlOf('http://b.example/crl', 'http://a.example/crl'), 'http://b.example/crl');
});

/** @returns the fingerprint that the dialling end sees */
async function linkToItself(node: TransportSecurity): Promise<string | undefined> {
  const [dialling, accepting] = duplexPair();
  const [out, into] = await Promise.all([
    node.secureOutbound(dialling, { host: NODE.ip }),
    node.secureInbound(accepting),
  ]);
  for (const { stream } of [out, into]) {
    stream.on('error', () => undefined);
    stream.destroy();
  }
  return out.facts.peerCertificate?.sha256;
}
