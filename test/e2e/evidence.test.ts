import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { askNode, canCapture, startCluster, type TestCluster } from '@sealane/testkit';
import t, { type Test } from 'tap';

/** The evidence of a cluster of real processes: what is in clear, encrypted and required is told apart, and every port is tried. */

const FILE_TIMEOUT_MS = 150_000;

t.setTimeout(FILE_TIMEOUT_MS);

interface Probe {
  readonly node: string;
  readonly port: string;
  readonly probe: string;
  readonly received: { readonly outcome: string; readonly how: string; readonly text: string };
  readonly node_says: string | null;
  readonly verdict: string;
  readonly conclusion: string;
}

interface Told {
  readonly code: number;
  readonly signer: string;
  readonly verdict: { readonly state: string; readonly open: string[]; readonly faults: string[] };
  readonly probes: readonly Probe[];
  file(name: string): string;
}

t.test('evidence says no more than is so, at each step, and can be checked', async (t) => {
  const cluster = await startCluster(t);
  const tap = canCapture() ? ['--tap', '1'] : [];

  await t.test('in clear nothing is proven, and no attempt counts as refused', async (t) => {
    const told = await report(t, cluster, 'clear', ...tap);
    t.equal(told.code, 1);
    t.equal(told.verdict.state, 'NOT_PROVEN');
    t.match(told.verdict.faults.join('\n'), /is PLAIN/);
    if (canCapture()) {
      t.match(told.verdict.faults.join('\n'), /the marker \S+ went in clear between/);
      t.match(told.verdict.faults.join('\n'), /OB-RPC frames in clear/);
    }
    const plain = told.probes.filter(({ probe }) => probe === 'plain');
    t.ok(plain.length === 3 && plain.every(({ verdict }) => verdict === 'open'), 'plain RPC is let in');
    t.notOk(told.probes.some(({ verdict, probe }) => verdict === 'refused' && probe !== 'authenticate-only'));
  });

  await t.test('encrypted, it is said who is still let in', async (t) => {
    await revokeSomething(cluster);
    const enabled = await cluster.controller('encryption', 'enable', '--yes');
    t.equal(enabled.code, 0, enabled.stderr);
    const told = await report(t, cluster, 'encrypted', ...tap);
    t.equal(told.code, 0, told.verdict.faults.join('\n'));
    t.equal(told.verdict.state, 'ENCRYPTED');
    t.match(told.verdict.open.join('\n'), /OB-RPC frame in clear.*rpc_server_authentication_method is ALL/);
    t.match(
      told.verdict.open.join('\n'),
      /login in clear.*require_secure_transport of the tenant test is OFF/,
    );
    t.match(told.file('plan.json'), /encryption enable/);
    t.match(told.file('ledger-before.json'), /"PLAIN"/, 'what was in clear before is on record');
    t.match(told.file('timeline.json'), /6 links encrypted/);
    t.match(told.file('report.html'), /<svg class="mesh"/);
    const verified = await cluster.controller('encryption', 'verify', '--kind', 'rpc');
    t.equal(verified.code, 0, `own probes are no offence: ${verified.stdout}`);
  });

  await t.test('required, every attempt at every port is refused, each for its own reason', async (t) => {
    await requireEncryption(cluster);
    const told = await report(t, cluster, 'required', ...tap);
    t.equal(told.code, 0, told.verdict.faults.join('\n'));
    t.equal(told.verdict.state, 'REQUIRED', told.verdict.open.join('\n'));
    t.strictSame(
      told.probes.filter(({ verdict }) => verdict !== 'refused'),
      [],
    );
    for (const [port, probe, how, said] of REFUSALS) {
      const found = told.probes.filter((each) => each.port === port && each.probe === probe);
      t.equal(found.length, 3, `${port} ${probe} at every node`);
      for (const each of found) {
        t.equal(each.received.how, how, `${port} ${probe}: ${each.received.text}`);
        if (port === 'RPC') t.match(each.node_says, said, `${probe}: the node says why`);
        else t.match(each.received.text, said);
      }
    }
    if (canCapture()) t.match(told.file('capture.json'), /is nowhere in it/);

    const bundle = join(cluster.baseDirectory, 'required');
    const honest = await cluster.controller('report', 'verify', bundle, '--public-key', told.signer);
    t.equal(honest.code, 0, honest.stdout);
    const page = readFileSync(join(bundle, 'report.html'), 'utf8');
    writeFileSync(join(bundle, 'report.html'), page.replace('REQUIRED', 'REQUIREd'));
    const changed = await cluster.controller('report', 'verify', bundle);
    t.equal(changed.code, 1);
    t.match(changed.stdout, /report\.html was changed/);
  });
});

const REFUSALS = [
  ['RPC', 'plain', 'close', /rpc_server_authentication_method is SSL_IO/],
  ['RPC', 'authenticate-only', 'close', /rpc_server_authentication_method is SSL_IO/],
  ['RPC', 'tls-1.0', 'TLS alert', /UNSUPPORTED_PROTOCOL/],
  ['RPC', 'tls-1.1', 'TLS alert', /UNSUPPORTED_PROTOCOL/],
  ['RPC', 'no-certificate', 'close', /shows no certificate/],
  ['RPC', 'wrong-ca', 'close', /UNABLE_TO_VERIFY_LEAF_SIGNATURE/],
  ['RPC', 'expired', 'close', /CERT_HAS_EXPIRED/],
  ['RPC', 'revoked', 'close', /CERT_REVOKED/],
  ['SQL', 'plain@sys', 'error packet', /ERR 3159/],
  ['SQL', 'plain@test', 'error packet', /ERR 3159/],
  ['SQL', 'tls-1.0', 'TLS alert', /protocol_version/],
  ['SQL', 'tls-1.1', 'TLS alert', /protocol_version/],
  ['SQL', 'wrong-ca', 'close', /closed the connection/],
  ['SQL', 'expired', 'close', /closed the connection/],
  ['SQL', 'revoked', 'close', /closed the connection/],
] as const;

async function report(t: Test, cluster: TestCluster, name: string, ...options: string[]): Promise<Told> {
  const out = join(cluster.baseDirectory, name);
  const { code, stdout, stderr } = await cluster.controller('report', '--out', out, '--json', ...options);
  t.ok(stdout !== '', stderr);
  const file = (each: string): string => readFileSync(join(out, each), 'utf8');
  const { verdict, signer } = JSON.parse(stdout);
  return { code, signer, verdict, probes: JSON.parse(file('probes.json')).probes, file };
}

/** A revoked certificate can only be tried where one is. */
async function revokeSomething(cluster: TestCluster): Promise<void> {
  const certificates = join(cluster.baseDirectory, 'certificates');
  const spare = join(cluster.baseDirectory, 'spare');
  await cluster.controller('certs', 'make', '--out', spare, '--authority', certificates, '--client', 'spare');
  const { code, stderr } = await cluster.controller('certs', 'revoke', join(spare, 'client-cert.pem'));
  if (code !== 0) throw new Error(stderr);
}

async function requireEncryption(cluster: TestCluster): Promise<void> {
  const [node] = cluster.nodes;
  if (node === undefined) throw new Error('no node');
  const sys = { user: 'root@sys', tls: true };
  await askNode(cluster, node, "ALTER SYSTEM SET rpc_server_authentication_method = 'SSL_IO'", sys);
  for (const user of ['root@sys', 'root@test'])
    await askNode(cluster, node, 'SET GLOBAL require_secure_transport = ON', { user, tls: true });
}
