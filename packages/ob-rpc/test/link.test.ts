import { isObError, ObError } from '@sealane/errors';
import fc from 'fast-check';
import t from 'tap';
import {
  LINK_TIMINGS_DEFAULT,
  type LinkContext,
  type LinkInput,
  type LinkOutput,
  type LinkState,
  stepLink,
} from '../src/link.ts';

const context: LinkContext = { timings: LINK_TIMINGS_DEFAULT, peer: '10.0.0.2:2882', random: () => 1 };
const lost = (message = 'reset'): LinkInput => ({
  kind: 'lost',
  error: new ObError('OB_CONNECT_ERROR', [], { message }),
});
const plain: LinkInput = { kind: 'connected', plan: { generation: 'easy', method: 'NONE' } };
const easyTls: LinkInput = { kind: 'connected', plan: { generation: 'easy', method: 'SSL_IO' } };
const usslTls: LinkInput = { kind: 'connected', plan: { generation: 'ussl', method: 'SSL_IO' } };

/** A link that takes inputs at given times and remembers what it put out. */
function link(start: LinkState = { name: 'idle' }, using: LinkContext = context) {
  let state = start;
  let wakeAt: number | undefined;
  const outputs: LinkOutput[] = [];
  return {
    feed(input: LinkInput, now = 0): readonly string[] {
      const step = stepLink(state, input, now, using);
      state = step.state;
      wakeAt = step.wakeAt;
      outputs.push(...step.outputs);
      return step.outputs.map((output) => output.kind);
    },
    get state() {
      return state;
    },
    get wakeAt() {
      return wakeAt;
    },
    last: <Kind extends LinkOutput['kind']>(kind: Kind) =>
      outputs.findLast((output): output is Extract<LinkOutput, { kind: Kind }> => output.kind === kind),
  };
}

function openLink(now = 0): ReturnType<typeof link> {
  const opened = link();
  opened.feed({ kind: 'wanted' }, now);
  opened.feed(plain, now);
  return opened;
}

t.test('an idle link dials when it is wanted, and opens in clear right after the negotiation bytes', (t) => {
  const dialled = link();

  t.strictSame(dialled.feed({ kind: 'wanted' }, 100), ['connect']);
  t.equal(dialled.state.name, 'connecting');
  t.equal(dialled.wakeAt, 3_100);
  t.strictSame(dialled.feed({ kind: 'wanted' }, 101), [], 'a second wish changes nothing');
  t.strictSame(dialled.feed(plain, 200), ['negotiate', 'opened']);
  t.equal(dialled.state.name, 'open');
  t.equal(dialled.wakeAt, 700, 'the first ping');
  t.end();
});

t.test('with TLS of generation A the handshake follows at once, of generation B after the answer', (t) => {
  const easy = link();
  easy.feed({ kind: 'wanted' });
  t.strictSame(easy.feed(easyTls, 10), ['negotiate', 'startTls']);
  t.strictSame(easy.feed({ kind: 'secured' }, 20), ['opened']);

  const ussl = link();
  ussl.feed({ kind: 'wanted' });
  t.strictSame(ussl.feed(usslTls, 10), ['negotiate']);
  t.equal(ussl.state.name, 'negotiating');
  t.strictSame(ussl.feed({ kind: 'answered', method: 'SSL_IO' }, 20), ['startTls']);
  t.equal(ussl.wakeAt, 3_020);
  t.strictSame(ussl.feed({ kind: 'secured' }, 30), ['opened']);
  t.end();
});

t.test('another answer than the one asked for ends the attempt and says which was expected', (t) => {
  const dialled = link();
  dialled.feed({ kind: 'wanted' });
  dialled.feed(usslTls);

  t.strictSame(dialled.feed({ kind: 'answered', method: 'NONE' }), ['disconnect', 'report']);
  t.match(dialled.last('report')?.error.message, /answered the negotiation with NONE, expected SSL_IO/);
  t.end();
});

t.test('each wait has a deadline that names what did not happen', (t) => {
  const steps: readonly (readonly [readonly LinkInput[], RegExp])[] = [
    [[{ kind: 'wanted' }], /10\.0\.0\.2:2882 did not accept the connection within 3000 ms/],
    [[{ kind: 'wanted' }, usslTls], /did not answer the negotiation .* within 3000 ms/],
    [[{ kind: 'wanted' }, easyTls], /did not finish the TLS handshake within 3000 ms/],
  ];
  for (const [inputs, message] of steps) {
    const waiting = link();
    for (const input of inputs) waiting.feed(input);

    t.strictSame(waiting.feed({ kind: 'wake' }, 2_999), [], 'too early');
    t.strictSame(waiting.feed({ kind: 'wake' }, 3_000), ['disconnect', 'report']);
    t.match(waiting.last('report')?.error.message, message);
  }
  t.end();
});

t.test('the back-off doubles from 50 ms to a second, and jitter takes up to half of it away', (t) => {
  const waits = (random: number): readonly number[] => {
    const dialled = link({ name: 'idle' }, { ...context, random: () => random });
    dialled.feed({ kind: 'wanted' });
    return Array.from({ length: 7 }, () => {
      dialled.feed(lost());
      const wait = dialled.last('report')?.retryInMs ?? 0;
      dialled.feed({ kind: 'wake' }, wait);
      return wait;
    });
  };

  t.strictSame(waits(1), [50, 100, 200, 400, 800, 1_000, 1_000]);
  t.strictSame(waits(0), [25, 50, 100, 200, 400, 500, 500]);
  t.end();
});

t.test('a peer that accepts and hangs up does not reset the back-off; a frame does', (t) => {
  const dialled = link();
  dialled.feed({ kind: 'wanted' });
  for (let attempt = 1; attempt <= 3; attempt++) {
    dialled.feed(plain, attempt * 10_000);
    dialled.feed(lost(), attempt * 10_000);
    t.equal(dialled.last('report')?.attempt, attempt);
    dialled.feed({ kind: 'wake' }, attempt * 10_000 + 1_000);
  }
  dialled.feed(plain, 50_000);
  dialled.feed({ kind: 'heard' }, 50_001);
  dialled.feed(lost(), 50_002);

  t.equal(dialled.last('report')?.attempt, 1);
  t.end();
});

t.test('an open link pings every half second and is given up after three silent ones', (t) => {
  const opened = openLink();

  t.strictSame(opened.feed({ kind: 'wake' }, 500), ['ping']);
  opened.feed({ kind: 'heard' }, 600);
  for (let now = 1_000; now <= 3_500; now += 500) t.strictSame(opened.feed({ kind: 'wake' }, now), ['ping']);
  t.equal(opened.wakeAt, 3_600);
  t.strictSame(opened.feed({ kind: 'wake' }, 3_600), ['disconnect', 'report']);
  t.match(opened.last('disconnect')?.error.message, /has not sent anything for 3000 ms/);
  t.end();
});

t.test("a process that stood still itself does not take its own silence for the peer's", (t) => {
  const opened = openLink();

  t.strictSame(opened.feed({ kind: 'wake' }, 8_000), ['ping'], 'ten seconds late: ask first');
  t.equal(opened.state.name, 'open');
  for (let now = 8_500; now < 10_500; now += 500) opened.feed({ kind: 'wake' }, now);
  t.strictSame(
    opened.feed({ kind: 'wake' }, 10_500),
    ['disconnect', 'report'],
    'and then the silence counts',
  );
  t.end();
});

t.test('recycling drops the socket and dials again at once, from any state', (t) => {
  const why = new ObError('OB_RPC_NEED_RECONNECT');
  const opened = openLink();
  t.strictSame(opened.feed({ kind: 'recycle', why }), ['disconnect', 'connect']);
  t.strictSame(opened.feed({ kind: 'recycle', why }), ['disconnect', 'connect']);
  opened.feed(lost());
  t.strictSame(opened.feed({ kind: 'recycle', why }), ['connect'], 'without waiting for the back-off');
  t.strictSame(link().feed({ kind: 'recycle', why }), [], 'an idle link has nothing to drop');
  t.end();
});

t.test('draining waits for the last answer or the deadline, then nothing comes any more', (t) => {
  const quiet = openLink();
  t.strictSame(quiet.feed({ kind: 'drain', deadline: 5_000 }), []);
  t.strictSame(quiet.feed({ kind: 'quiet' }), ['disconnect', 'finished']);
  t.strictSame(quiet.feed({ kind: 'wanted' }), []);
  t.equal(quiet.wakeAt, undefined);

  const late = openLink();
  late.feed({ kind: 'drain', deadline: 1_700 });
  t.strictSame(late.feed({ kind: 'wake' }, 500), ['ping'], 'the peer must not think that we are dead');
  late.feed({ kind: 'heard' }, 600);
  t.strictSame(late.feed({ kind: 'wake' }, 1_700), ['disconnect', 'finished']);

  const gone = openLink();
  gone.feed({ kind: 'drain', deadline: 5_000 });
  t.strictSame(gone.feed(lost()), ['disconnect', 'finished']);
  t.strictSame(link().feed({ kind: 'drain', deadline: 9 }), ['finished']);
  t.end();
});

const input: fc.Arbitrary<LinkInput> = fc.oneof(
  fc.constantFrom<LinkInput>(
    { kind: 'wanted' },
    plain,
    easyTls,
    usslTls,
    lost(),
    { kind: 'secured' },
    { kind: 'heard' },
    { kind: 'quiet' },
  ),
  fc.constantFrom<LinkInput>(
    { kind: 'answered', method: 'SSL_IO' },
    { kind: 'answered', method: 'NONE' },
    { kind: 'drain', deadline: 4_000 },
  ),
  fc.constantFrom<LinkInput>(
    { kind: 'wake' },
    { kind: 'recycle', why: new ObError('OB_RPC_NEED_RECONNECT') },
    { kind: 'close' },
  ),
);

t.test(
  'whatever comes in whatever order: one socket at a time, a deadline for every wait, nothing after the end',
  (t) => {
    const property = fc.property(
      fc.array(fc.tuple(input, fc.nat({ max: 2_000 })), { maxLength: 40 }),
      (inputs) => {
        let state: LinkState = { name: 'idle' };
        let now = 0;
        let sockets = 0;
        let finished = 0;
        for (const [next, passedMs] of inputs) {
          now += passedMs;
          try {
            const before = state;
            const step = stepLink(state, next, now, context);
            state = step.state;
            for (const output of step.outputs) {
              if (before.name === 'closed') return false;
              if (output.kind === 'connect') sockets += 1;
              if (output.kind === 'disconnect') sockets -= 1;
              if (output.kind === 'finished') finished += 1;
              if (sockets < 0 || sockets > 1) return false;
            }
            if ((step.wakeAt === undefined) !== (state.name === 'idle' || state.name === 'closed'))
              return false;
          } catch (error) {
            if (!isObError(error, 'OB_ERR_UNEXPECTED')) throw error;
          }
        }
        return finished === (state.name === 'closed' ? 1 : 0) && (state.name !== 'closed' || sockets === 0);
      },
    );
    t.doesNotThrow(() => fc.assert(property, { numRuns: 2_000 }));
    t.end();
  },
);

t.test('an input that makes no sense in a state is an error that lists what would', (t) => {
  t.throws(() => stepLink({ name: 'idle' }, { kind: 'heard' }, 0, context), {
    name: 'OB_ERR_UNEXPECTED',
    message: 'a link that is idle got heard, expected one of wanted, drain, close',
  });
  t.end();
});
