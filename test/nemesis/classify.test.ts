import t from 'tap';
import { classify, NoAnswer } from './workloads/classify.ts';

/** What a client may conclude from an error. */

const ofServer = (errno: number, message = 'planted') =>
  Object.assign(new Error(message), { errno, code: 'ER_PLANTED' });
const lost = Object.assign(new Error('planted'), { errno: -104, code: 'ECONNRESET', fatal: true });

t.test('an error that says that nothing happened is a failure', async (t) => {
  for (const errno of [1205, 4012, 4038, 6002, 8001, 8002]) {
    const { outcome, broken, unexpected } = classify(ofServer(errno), true);
    t.same(
      { outcome, broken, unexpected },
      { outcome: 'fail', broken: false, unexpected: false },
      `${errno}`,
    );
  }
});

t.test('what was never sent has not happened', async (t) => {
  const closed = new Error("Can't add new command when connection is in closed state");
  const { outcome, broken } = classify(closed, true);
  t.same({ outcome, broken }, { outcome: 'fail', broken: true });
});

t.test('a lost connection, a timeout, an unknown result leave a write unknown', async (t) => {
  for (const error of [
    lost,
    new NoAnswer(),
    ofServer(4012, 'Transaction result is unknown'),
    ofServer(4121),
  ]) {
    t.equal(classify(error, true).outcome, 'info', String(error));
    t.equal(classify(error, false).outcome, 'fail', 'nothing that was asked for could have happened');
  }
  t.ok(classify(lost, true).broken);
  t.ok(classify(new NoAnswer(), true).broken);
});

t.test('an error that faults do not excuse is told apart, and nothing is concluded from it', async (t) => {
  const { outcome, unexpected } = classify(ofServer(1064), true);
  t.same({ outcome, unexpected }, { outcome: 'info', unexpected: true });
});
