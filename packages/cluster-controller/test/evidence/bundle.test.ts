import { generateKeyPairSync } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { writeBundle } from '../../src/evidence/bundle-directory.ts';
import { fingerprintOfKey, sealFiles } from '../../src/evidence/manifest.ts';
import { ownSigningKey, readSigningKey } from '../../src/evidence/signing-key.ts';
import { verifyBundle } from '../../src/evidence/verify-bundle.ts';

const now = new Date('2026-05-01T10:00:00Z');

t.test('an honest bundle is accepted, by its own key and by a pinned one', async (t) => {
  const { directory, key } = bundle(t);
  t.same(verifyBundle(directory), {
    faults: [],
    signer: key.fingerprint,
    createdAt: now.toISOString(),
    fileCount: 6,
  });
  t.same(verifyBundle(directory, key.fingerprint).faults, []);
  t.match(verifyBundle(directory, '0'.repeat(64)).faults, [
    { file: 'public-key.pem', why: /somebody else signed this/ },
  ]);
});

t.test('every byte of every file counts', async (t) => {
  const { directory } = bundle(t);
  let tried = 0;
  const missed: string[] = [];
  const misnamed: string[] = [];
  for (const name of readdirSync(directory)) {
    const file = join(directory, name);
    const honest = readFileSync(file);
    for (let at = 0; at < honest.length; at++) {
      const changed = Buffer.from(honest);
      changed[at] = (honest[at] ?? 0) ^ (1 << (at % 8));
      writeFileSync(file, changed);
      const { faults } = verifyBundle(directory);
      tried += 1;
      if (faults.length === 0) missed.push(`${name} at ${at}`);
      // The manifest and its signature stand for one another.
      const named = faults.some((fault) => fault.file === name || name === 'manifest.json');
      if (!named) misnamed.push(`${name} at ${at}: ${JSON.stringify(faults)}`);
    }
    writeFileSync(file, honest);
  }
  t.same(missed, []);
  t.same(misnamed, []);
  t.ok(tried > 1_000, `${tried} bytes flipped`);
  t.same(verifyBundle(directory).faults, [], 'all is as it was');
});

t.test('what is removed, added, swapped, cut off or dressed up as a file is named', async (t) => {
  const { directory } = bundle(t);
  const faultsAfter = (change: (copy: string) => void) => {
    const copy = `${directory}-copy`;
    cpSync(directory, copy, { recursive: true });
    change(copy);
    const { faults } = verifyBundle(copy);
    rmSync(copy, { recursive: true });
    return faults;
  };
  for (const name of readdirSync(directory)) {
    t.match(
      faultsAfter((copy) => rmSync(join(copy, name))),
      [{ file: name, why: 'is missing' }].slice(0, name === 'public-key.pem' ? 1 : undefined),
    );
  }
  t.match(
    faultsAfter((copy) => writeFileSync(join(copy, 'more.json'), '{}')),
    [{ file: 'more.json', why: /was added/ }],
  );
  t.match(
    faultsAfter((copy) => mkdirSync(join(copy, 'folder'))),
    [{ file: 'folder', why: 'is not a file' }],
  );
  const swapped = faultsAfter((copy) => {
    renameSync(join(copy, 'plan.json'), join(copy, 'x'));
    renameSync(join(copy, 'summary.json'), join(copy, 'plan.json'));
    renameSync(join(copy, 'x'), join(copy, 'summary.json'));
  });
  t.same(swapped.map(({ file }) => file).toSorted(), ['plan.json', 'summary.json']);
  t.match(
    faultsAfter((copy) => {
      rmSync(join(copy, 'plan.json'));
      symlinkSync(join(directory, 'plan.json'), join(copy, 'plan.json'));
    }),
    [{ file: 'plan.json', why: 'is not a file' }, { why: 'is missing' }],
  );
  const manifest = readFileSync(join(directory, 'manifest.json'));
  for (let size = 0; size < manifest.length; size += 7) {
    const faults = faultsAfter((copy) =>
      writeFileSync(join(copy, 'manifest.json'), manifest.subarray(0, size)),
    );
    t.ok(faults.length > 0, `a manifest of ${size} bytes`);
  }
});

t.test(
  'who signs anew with another key is found out by whoever knows the first one, and by nobody else',
  async (t) => {
    const { directory, key } = bundle(t);
    const other = ownSigningKey(join(t.testdirName, 'other.pem'));
    writeFileSync(join(directory, 'public-key.pem'), other.publicKey);
    t.ok(verifyBundle(directory).faults.length > 0, 'the key alone does not do');
    const files = ['summary.json', 'plan.json', 'report.html', 'public-key.pem'].map((name) => ({
      name,
      content: readFileSync(join(directory, name)),
    }));
    const { manifest, signature } = sealFiles(files, other, now);
    writeFileSync(join(directory, 'manifest.json'), manifest.content);
    t.match(verifyBundle(directory).faults, [{ file: 'manifest.sig' }]);
    writeFileSync(join(directory, 'manifest.sig'), signature.content);
    t.same(verifyBundle(directory).faults, [], 'a bundle of somebody else is a bundle');
    t.match(verifyBundle(directory, key.fingerprint).faults, [{ file: 'public-key.pem' }]);
  },
);

t.test('a manifest that names a file twice is none', async (t) => {
  const { directory, key } = bundle(t);
  const names = ['summary.json', 'plan.json', 'report.html', 'public-key.pem', 'plan.json'];
  const files = names.map((name) => ({ name, content: readFileSync(join(directory, name)) }));
  const { manifest, signature } = sealFiles(files, key, now);
  writeFileSync(join(directory, 'manifest.json'), manifest.content);
  writeFileSync(join(directory, 'manifest.sig'), signature.content);
  t.match(verifyBundle(directory).faults, [{ file: 'manifest.json', why: 'names a file twice' }]);
});

t.test('another way to write the same signature is none', async (t) => {
  const { directory } = bundle(t);
  const file = join(directory, 'manifest.sig');
  const honest = readFileSync(file, 'latin1');
  for (const text of [
    honest.trimEnd(),
    `${honest}\n`,
    ` ${honest}`,
    honest.replaceAll('=', ''),
    honest.replace('\n', '\r\n'),
  ]) {
    writeFileSync(file, text);
    t.match(verifyBundle(directory).faults, [{ file: 'manifest.sig' }]);
  }
});

t.test(
  'the key is made once, for its owner only; others are Ed25519 and nobody else reads them',
  async (t) => {
    const file = join(t.testdir(), 'controller', 'key.pem');
    const made = ownSigningKey(file);
    t.equal(ownSigningKey(file).fingerprint, made.fingerprint);
    t.equal(statSync(file).mode & 0o777, 0o600);
    chmodSync(file, 0o640);
    t.throws(() => readSigningKey(file), { message: /can be read by others.*chmod 600/ });
    const rsa = join(t.testdirName, 'rsa.pem');
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    writeFileSync(rsa, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
    t.throws(() => readSigningKey(rsa), { message: /of type ec; evidence is signed with Ed25519/ });
    writeFileSync(rsa, publicKey.export({ type: 'spki', format: 'pem' }));
    t.throws(() => readSigningKey(rsa), { message: /openssl genpkey/ });
    t.match(fingerprintOfKey(publicKey), /^[0-9a-f]{64}$/);
  },
);

t.test('a bundle is not written over another one', async (t) => {
  const { directory, key } = bundle(t);
  t.throws(() => writeBundle(directory, [], key, now), { name: 'OB_OP_NOT_ALLOW', message: /not empty/ });
  copyFileSync(join(directory, 'plan.json'), join(t.testdirName, 'plan.json'));
  t.same(verifyBundle(directory).faults, []);
});

function bundle(t: Test) {
  const key = ownSigningKey(join(t.testdir(), 'key.pem'));
  const directory = join(t.testdirName, 'bundle');
  const files = [
    { name: 'summary.json', content: Buffer.from('{"verdict":"encrypted"}\n') },
    { name: 'plan.json', content: Buffer.from('{"goal":"encryption enable"}\n') },
    { name: 'report.html', content: Buffer.from('<!doctype html><p>Evidence</p>\n') },
  ];
  writeBundle(directory, files, key, now);
  return { directory, key };
}
