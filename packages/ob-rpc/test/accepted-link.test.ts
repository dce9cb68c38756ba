import { ObError } from '@sealane/errors';
import t from 'tap';
import {
  type AcceptedContext,
  type AcceptedInput,
  type AcceptedState,
  startAccepted,
  stepAccepted,
} from '../src/accepted-link.ts';

const timings = { firstBytesTimeoutMs: 3_000, secureTimeoutMs: 3_000, deadAfterMs: 3_000, pingEveryMs: 500 };
const both: AcceptedContext = {
  timings,
  peer: '10.0.0.3:40000',
  admission: { plain: true, authenticated: true, encrypted: true, reason: '' },
};
const onlyTls: AcceptedContext = {
  ...both,
  admission: { plain: false, authenticated: true, encrypted: true, reason: 'the method is SSL_IO' },
};
const noTls: AcceptedContext = {
  ...both,
  admission: { plain: true, authenticated: false, encrypted: false, reason: 'no wallet' },
};

const frame: AcceptedInput = { kind: 'first', bytes: { kind: 'frame' } };
const tls: AcceptedInput = { kind: 'first', bytes: { kind: 'tls' } };
const easy: AcceptedInput = { kind: 'first', bytes: { kind: 'easy', size: 19 } };
const ussl = (method: 'NONE' | 'SSL_IO' | 'SSL_NO_ENCRYPT'): AcceptedInput => ({
  kind: 'first',
  bytes: { kind: 'ussl', size: 28, method },
});

/** @returns kinds of outputs, the reason of the end, and the last state */
function run(
  context: AcceptedContext,
  ...inputs: readonly (AcceptedInput | readonly [AcceptedInput, number])[]
) {
  let state: AcceptedState = startAccepted(0, context);
  const outputs = inputs.flatMap((each) => {
    const [input, now] = 'kind' in each ? [each, 0] : each;
    const step = stepAccepted(state, input, now, context);
    state = step.state;
    return step.outputs;
  });
  const end = outputs.find((output) => output.kind === 'finished');
  return {
    kinds: outputs.map((output) => output.kind),
    why: end?.kind === 'finished' ? end.why?.message : undefined,
    state,
    outputs,
  };
}

t.test('frames, TLS, and either after a negotiation of either generation, open the link', (t) => {
  t.strictSame(run(both, frame).kinds, ['opened']);
  t.strictSame(run(both, tls, { kind: 'secured' }).kinds, ['startTls', 'opened']);
  t.strictSame(run(both, easy, frame).kinds, ['skip', 'opened']);
  t.strictSame(run(both, easy, tls, { kind: 'secured' }).kinds, ['skip', 'startTls', 'opened']);
  t.strictSame(run(both, ussl('NONE'), frame).kinds, ['skip', 'opened']);
  const answered = run(both, ussl('SSL_IO'), tls, { kind: 'secured' });
  t.strictSame(
    answered.outputs[0],
    { kind: 'skip', size: 28, answer: 'SSL_IO' },
    'only an SSL method is answered',
  );
  t.match(answered.state, { name: 'open', method: 'SSL_IO' });
  const proved = run(both, ussl('SSL_NO_ENCRYPT'), tls, { kind: 'secured' });
  t.match(proved.outputs, [
    { kind: 'skip', size: 28, answer: 'SSL_NO_ENCRYPT' },
    { kind: 'startTls', method: 'SSL_NO_ENCRYPT' },
    { kind: 'opened', method: 'SSL_NO_ENCRYPT' },
  ]);
  t.end();
});

t.test('what the policy forbids is refused with its reason', (t) => {
  t.equal(run(onlyTls, frame).why, 'refused plaintext from 10.0.0.3:40000: the method is SSL_IO');
  t.equal(run(onlyTls, easy, frame).why, 'refused plaintext from 10.0.0.3:40000: the method is SSL_IO');
  t.equal(run(noTls, tls).why, 'refused TLS from 10.0.0.3:40000: no wallet');
  t.equal(run(noTls, ussl('SSL_IO')).why, 'refused SSL_IO from 10.0.0.3:40000: no wallet');
  const onlyEncrypted = { ...onlyTls, admission: { ...onlyTls.admission, authenticated: false } };
  t.equal(
    run(onlyEncrypted, ussl('SSL_NO_ENCRYPT')).why,
    'refused SSL_NO_ENCRYPT from 10.0.0.3:40000: the method is SSL_IO',
  );
  t.match(run(onlyEncrypted, ussl('SSL_IO')).state, { negotiated: 'SSL_IO' });
  t.end();
});

t.test('who negotiates one thing and does another is cut off', (t) => {
  t.match(run(both, ussl('NONE'), tls).why, /negotiated NONE and then sent a TLS handshake/);
  t.match(run(both, ussl('SSL_IO'), frame).why, /negotiated SSL_IO and then sent frames in clear/);
  t.match(
    run(both, ussl('SSL_NO_ENCRYPT'), frame).why,
    /negotiated SSL_NO_ENCRYPT and then sent frames in clear/,
  );
  t.match(
    run(both, { kind: 'first', bytes: { kind: 'rubbish', description: 'an HTTP request: 47' } }).why,
    /10\.0\.0\.3:40000 sent an HTTP request: 47/,
  );
  t.end();
});

t.test('silence has a deadline before, during and after the handshake', (t) => {
  t.strictSame(run(both, [{ kind: 'wake' }, 2_999]).kinds, []);
  t.match(run(both, [{ kind: 'wake' }, 3_000]).why, /sent nothing that could be read within 3000 ms/);
  t.match(run(both, tls, [{ kind: 'wake' }, 3_000]).why, /did not finish the TLS handshake within 3000 ms/);
  t.match(run(both, frame, [{ kind: 'wake' }, 3_000]).why, /has not sent anything for 3000 ms/);
  t.equal(run(both, frame, [{ kind: 'heard' }, 100], [{ kind: 'wake' }, 3_000]).why, undefined);
  t.end();
});

t.test('draining ends with quiet or the deadline; after the end there is nothing', (t) => {
  t.strictSame(run(both, frame, { kind: 'quiet' }).kinds, ['opened'], 'quiet alone is no reason to close');
  t.strictSame(
    run(both, frame, { kind: 'drain', deadline: 100 }, { kind: 'quiet' }, { kind: 'heard' }).kinds,
    ['opened', 'finished'],
  );
  t.strictSame(run(both, frame, { kind: 'drain', deadline: 100 }, [{ kind: 'wake' }, 100]).kinds, [
    'opened',
    'finished',
  ]);
  t.strictSame(run(both, { kind: 'drain', deadline: 100 }).kinds, ['finished']);
  const error = new ObError('OB_CONNECT_ERROR', [], { message: 'reset' });
  t.equal(run(both, tls, { kind: 'lost', error }, { kind: 'lost', error }).why, 'reset');
  t.throws(() => run(both, { kind: 'secured' }), {
    message: /an accepted link that is accepted got secured/,
  });
  t.end();
});
