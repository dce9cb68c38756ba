import t from 'tap';
import { orderedMembers, parsePrimaryZone } from '../../src/admin/primary-zone.ts';

const zones = ['z1', 'z2', 'z3'];
const servers = zones.flatMap((zone) => [1, 2].map((at) => ({ server: `${zone}.${at}`, zone })));

t.test('PRIMARY_ZONE ranks zones; semicolons separate ranks, commas stand within one', async (t) => {
  t.same(parsePrimaryZone('z1;z2,z3', zones), [['z1'], ['z2', 'z3']]);
  t.same(parsePrimaryZone(' z2 ', zones), [['z2']]);
  for (const text of ['RANDOM', 'default', '']) t.same(parsePrimaryZone(text, zones), [], text);
  t.throws(() => parsePrimaryZone('z1;z9', zones), { name: 'OB_ZONE_INFO_NOT_EXIST' });
});

t.test('members come in the order of the ranks, those of no rank last', async (t) => {
  t.same(orderedMembers(servers, [['z3'], ['z1']], 0), ['z3.1', 'z3.2', 'z1.1', 'z1.2', 'z2.1', 'z2.2']);
});

t.test('within a rank the first place goes round, so that many tenants have many leaders', async (t) => {
  const firsts = [0, 1, 2, 3, 4, 5, 6].map((turn) => orderedMembers(servers, [], turn)[0]);
  t.same(firsts, ['z1.1', 'z1.2', 'z2.1', 'z2.2', 'z3.1', 'z3.2', 'z1.1']);
  t.same(
    orderedMembers(servers, [['z2']], 3).slice(0, 2),
    ['z2.2', 'z2.1'],
    'a primary zone of two servers alternates',
  );
});
