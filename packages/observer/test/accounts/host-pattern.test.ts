import t from 'tap';
import { hostMatches, hostSpecificity } from '../../src/accounts/host-pattern.ts';

t.test('host patterns cover what MySQL lets them cover', async (t) => {
  const covered: readonly (readonly [string, string])[] = [
    ['%', '10.1.2.3'],
    ['', '10.1.2.3'],
    ['10.1.%', '10.1.2.3'],
    ['10.1.2._', '10.1.2.3'],
    ['192.168.4.0/255.255.254.0', '192.168.5.77'],
    ['192.168.4.0/23', '192.168.5.77'],
    ['0.0.0.0/0', '192.168.5.77'],
    ['localhost', '127.0.0.1'],
    ['LOCALHOST', '::1'],
    ['::1', '0:0:0:0:0:0:0:1'],
    ['fe80::/10', 'fe80::1234:5'],
    ['2001:DB8::%', '2001:db8::7'],
  ];
  for (const [pattern, host] of covered) t.ok(hostMatches(pattern, host), `${pattern} ${host}`);
});

t.test('and nothing else', async (t) => {
  const others: readonly (readonly [string, string])[] = [
    ['10.1.%', '10.10.2.3'],
    ['10.1.2._', '10.1.2.33'],
    ['192.168.4.0/24', '192.168.5.77'],
    ['192.168.4.1/24', '192.168.4.1'],
    ['192.168.4.0/255.0.255.0', '192.168.4.1'],
    ['192.168.4.0/33', '192.168.4.0'],
    ['192.168.4.0/24', 'fe80::1'],
    ['fe80::/10', '10.1.2.3'],
    ['10x1x2x3', '10.1.2.3'],
    ['db.example.org', '10.1.2.3'],
    ['localhost', '10.1.2.3'],
    ['1::2::3', '1::3'],
  ];
  for (const [pattern, host] of others) t.notOk(hostMatches(pattern, host), `${pattern} ${host}`);
});

t.test('the most special host comes first', async (t) => {
  const hosts = ['', '%', '10.%', '10.1.0.0/255.255.0.0', '10.1.2.0/24', '10.1.2.%', '10.1.2.3'];
  t.strictSame(
    hosts.toSorted((left, right) => hostSpecificity(right) - hostSpecificity(left)),
    ['10.1.2.3', '10.1.2.0/24', '10.1.0.0/255.255.0.0', '10.1.2.%', '10.%', '%', ''],
  );
});
