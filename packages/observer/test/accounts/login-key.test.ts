import { constants, publicEncrypt } from 'node:crypto';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { LoginKey } from '../../src/accounts/login-key.ts';

t.test('the key is made once, kept for its owner only, and read again', async (t) => {
  const directory = t.testdir();
  const key = new LoginKey(directory);
  const [pem, again] = await Promise.all([key.publicPem(), key.publicPem()]);
  t.equal(pem, again, 'two clients at once get the same');
  t.equal(statSync(join(directory, 'private_key.pem')).mode & 0o777, 0o600);

  const other = new LoginKey(directory);
  t.equal(await other.publicPem(), pem);
  const oaep = { key: pem, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' };
  t.equal(Buffer.from((await other.decrypt(publicEncrypt(oaep, Buffer.from('x')))) ?? []).toString(), 'x');
  t.equal(await other.decrypt(new Uint8Array(256)), undefined, 'rubbish is no password');
});

t.test('a file that is no key is told by its name, and looked at again', async (t) => {
  const directory = t.testdir({ 'private_key.pem': 'no key' });
  const key = new LoginKey(directory);
  await t.rejects(key.publicPem(), { name: 'OB_INVALID_CONFIG', message: /private_key\.pem can't be used/ });

  const good = t.testdir();
  await new LoginKey(good).publicPem();
  const { readFileSync } = await import('node:fs');
  writeFileSync(join(directory, 'private_key.pem'), readFileSync(join(good, 'private_key.pem')));
  t.match(await key.publicPem(), /BEGIN PUBLIC KEY/);
});
