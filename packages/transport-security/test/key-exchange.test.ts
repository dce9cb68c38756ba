import t from 'tap';
import { groupOfSession } from '../src/key-exchange.ts';

t.test('the group is read from a session as OpenSSL writes it', (t) => {
  const head = '0201010202030404021302040004 00a1060204 6b05a56ca204 02021c20'.replaceAll(' ', '');
  const session = (tail: string): Buffer => {
    const content = Buffer.from(head + tail, 'hex');
    return Buffer.concat([Buffer.from([0x30, content.length]), content]);
  };
  t.equal(groupOfSession(session('b304020211ec')), 4588);
  t.equal(groupOfSession(session('b30302011d')), 29);
  t.equal(groupOfSession(session('')), undefined, 'no group in it');
  t.equal(groupOfSession(session('b3')), undefined, 'cut off');
  t.equal(groupOfSession(session('b3030401ff')), undefined, 'no number');
  t.equal(groupOfSession(Buffer.from('not DER')), undefined);
  t.equal(groupOfSession(undefined), undefined);
  t.end();
});
