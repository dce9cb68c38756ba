import t from 'tap';
import {
  cachingSha2FastMatches,
  cachingSha2Hash,
  cachingSha2Masked,
  cachingSha2Matches,
  cachingSha2Memory,
  cachingSha2Response,
  isCachingSha2Hash,
  newCachingSha2Salt,
} from '../src/caching-sha2.ts';
import { shaCryptSlices, shaCryptText } from '../src/sha-crypt.ts';

const scramble = Uint8Array.from({ length: 20 }, (_, index) => index + 33);

function shaCrypt(password: string, salt: Uint8Array, rounds: number): string {
  const slices = shaCryptSlices(Buffer.from(password), { salt, rounds });
  let slice = slices.next();
  while (slice.done !== true) slice = slices.next();
  return shaCryptText(slice.value);
}

t.test('the digest is that of other implementations', async (t) => {
  t.equal(
    shaCrypt('Hello world!', Buffer.from('saltstring'), 5_000),
    '5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5',
    "`openssl passwd -5 -salt saltstring 'Hello world!'`",
  );
  t.equal(
    shaCrypt('hashcat', Buffer.from('F9CC98CE08892924F50A213B6BC571A2C11778C5', 'hex'), 5_000),
    'bTy95Y99eAME1dwEkHOA1ndHGBWz.1bxSSRkuTXFGV/',
    "hashcat's example of mode 7401, a hash that MySQL made",
  );
});

t.test('a kept hash is written as MySQL writes it, and proves its password only', async (t) => {
  const kept = cachingSha2Hash('pass wörd', '0123456789abcdefghij');

  t.match(kept, /^\$A\$005\$0123456789abcdefghij[./0-9A-Za-z]{43}$/);
  t.ok(await cachingSha2Matches(kept, 'pass wörd'));
  t.notOk(await cachingSha2Matches(kept, 'pass word'));
  t.notOk(await cachingSha2Matches(kept, ''));
  t.equal(cachingSha2Hash(''), '', 'no password, no hash');
  t.ok(await cachingSha2Matches('', ''));
  t.notOk(await cachingSha2Matches('', 'x'));
});

t.test('what can not be a kept hash is told apart', async (t) => {
  const kept = cachingSha2Hash('x');
  t.ok(isCachingSha2Hash(kept));
  for (const text of [kept.slice(1), `${kept}x`, kept.replace('$A$005', '$A$004'), kept.replace('A', 'B')]) {
    t.notOk(isCachingSha2Hash(text), text);
    t.notOk(await cachingSha2Matches(text, 'x'), text);
  }
});

t.test('more rounds, as MySQL can be told to make, are counted from the text', async (t) => {
  const salt = '0123456789abcdefghij';
  const kept = `$A$006$${salt}${shaCrypt('x', Buffer.from(salt), 6_000)}`;
  t.ok(await cachingSha2Matches(kept, 'x'));
});

t.test('salts are 20 characters that can be seen, each time others', async (t) => {
  t.match(newCachingSha2Salt(), /^[./0-9A-Za-z]{20}$/);
  t.not(newCachingSha2Salt(), newCachingSha2Salt());
});

t.test('what the server remembers proves the scrambled answer, and nothing else does', async (t) => {
  const remembered = cachingSha2Memory('secret');
  const response = cachingSha2Response('secret', scramble);

  t.equal(response.length, 32);
  t.ok(cachingSha2FastMatches(remembered, { scramble, response }));
  t.notOk(cachingSha2FastMatches(remembered, { scramble: scramble.toReversed(), response }));
  t.notOk(cachingSha2FastMatches(cachingSha2Memory('other'), { scramble, response }));
  t.notOk(cachingSha2FastMatches(remembered, { scramble, response: response.subarray(1) }));
  t.notOk(cachingSha2FastMatches(new Uint8Array(0), { scramble, response: new Uint8Array(0) }));
  t.equal(cachingSha2Response('', scramble).length, 0);
});

t.test('masking twice gives the password back', async (t) => {
  const password = Buffer.from('a password that is longer than the scramble is\0');
  const masked = cachingSha2Masked(password, scramble);
  t.notSame(masked, password);
  t.same(cachingSha2Masked(masked, scramble), password);
});

t.test('what is longer than a password can be is refused before it is hashed', async (t) => {
  const longest = 'ä'.repeat(128);
  const kept = cachingSha2Hash(longest);
  t.ok(await cachingSha2Matches(kept, longest));

  // Hashed, a million bytes would take a terabyte.
  t.throws(() => cachingSha2Hash(`${longest}x`), {
    name: 'ER_NOT_VALID_PASSWORD',
    message: /at most 256 bytes/,
  });
  t.throws(() => cachingSha2Hash('x'.repeat(1_000_000)), { name: 'ER_NOT_VALID_PASSWORD' });
  t.notOk(await cachingSha2Matches(kept, 'x'.repeat(1_000_000)));
});
