import { isObError, ObError } from '@sealane/errors';
import { decodePayload, encodePayload } from '@sealane/ob-rpc';
import type { CellValue, SessionState } from '@sealane/sql';
import fc from 'fast-check';
import t from 'tap';
import type { ControlAction, StatementAnswer, StatementRequest } from '../../src/transaction/requests.ts';
import {
  decodeControlAnswer,
  decodeControlRequest,
  decodeKill,
  decodeStatementAnswer,
  decodeStatementRequest,
  encodeControlAnswer,
  encodeControlRequest,
  encodeKill,
  encodeStatementAnswer,
  encodeStatementRequest,
} from '../../src/transaction/wire.ts';

const key = { origin: '127.0.0.1:2882', incarnation: 7, connectionId: 3 };

const cell: fc.Arbitrary<CellValue> = fc.oneof(
  fc.constant(null),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
  fc.double({ noNaN: true }),
  fc.string(),
  fc.uint8Array({ maxLength: 20 }).map((bytes) => new Uint8Array(bytes)),
);

/** As the bytes of a packet carry it. */
function overTheWire(body: unknown): unknown {
  return decodePayload(encodePayload(body));
}

const plain = { noNullPrototype: true };

const state: fc.Arbitrary<SessionState> = fc.record(
  {
    connectionId: fc.nat(),
    tenantId: fc.constant(1002),
    tenant: fc.constant('test'),
    user: fc.string(),
    clientHost: fc.constant('::1'),
    accountHost: fc.constant('%'),
    activeRoles: fc.array(fc.record({ user: fc.string(), host: fc.string() }, plain)),
    passwordExpired: fc.boolean(),
    database: fc.option(fc.string(), { nil: undefined }),
    variables: fc.dictionary(fc.string(), cell, plain),
    userVariables: fc.dictionary(fc.string(), cell, plain),
    lastInsertId: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    rowCount: fc.bigInt({ min: -1n, max: 99n }),
    foundRows: fc.bigInt({ min: 0n, max: 99n }),
    warnings: fc.array(
      fc.record({ level: fc.constant('Note' as const), errno: fc.nat(), message: fc.string() }, plain),
    ),
  },
  plain,
);

t.test('a forwarded statement arrives as it was sent', async (t) => {
  fc.assert(
    fc.property(state, fc.array(cell), fc.boolean(), (session, parameters, inTransaction) => {
      const request: StatementRequest = {
        key,
        state: session,
        text: 'SELECT ?',
        parameters,
        transaction: inTransaction
          ? {
              id: 4,
              started: true,
              readOnly: false,
              repeatable: true,
              savepoints: ['a', 'b'],
              onlyReads: true,
            }
          : undefined,
        timeoutMs: 12.5,
      };
      t.strictSame(decodeStatementRequest(encodeStatementRequest(request)), request);
    }),
    { numRuns: 50 },
  );
});

t.test('a large answer comes in pieces and is whole again', async (t) => {
  const [session] = fc.sample(state, 1) as [SessionState];
  const rows = Array.from({ length: 5000 }, (_, index): CellValue[] => [
    BigInt(index),
    'x'.repeat(1000),
    null,
  ]);
  const answer: StatementAnswer = {
    state: session,
    outcome: { kind: 'done', result: { kind: 'rows', columns: [], rows }, warningCount: 2 },
    transaction: 'started',
    appliedLsn: 9,
  };
  const pieces = await Array.fromAsync(encodeStatementAnswer(answer));

  t.equal(pieces.length, 6, 'about a mebibyte each, and the end');
  t.strictSame(await decodeStatementAnswer(each(pieces)), answer);
  await t.rejects(decodeStatementAnswer(each(pieces.slice(0, 2))), { name: 'OB_RPC_PACKET_INVALID' });
});

t.test('errors keep their name, their message and the leader they know of', async (t) => {
  const [session] = fc.sample(state, 1) as [SessionState];
  const error = new ObError('OB_NOT_MASTER', [], {
    message: 'not me',
    details: { leader: '127.0.0.1:1', lsn: 3 },
  });
  const answer: StatementAnswer = {
    state: session,
    outcome: { kind: 'failed', error },
    transaction: 'lost',
    appliedLsn: 1,
  };
  const { outcome } = await decodeStatementAnswer(encodeStatementAnswer(answer));

  t.match(outcome, {
    kind: 'failed',
    error: { name: 'OB_NOT_MASTER', message: 'not me', details: { leader: '127.0.0.1:1' } },
  });
  t.match(decodeControlAnswer(encodeControlAnswer({ error, started: false, appliedLsn: 5 })), {
    error: { name: 'OB_NOT_MASTER' },
    started: false,
    appliedLsn: 5,
  });
  t.match(decodeControlAnswer([['NO_SUCH_ERROR', 'text', null], false, 1]).error, {
    name: 'OB_ERR_UNEXPECTED',
  });
});

t.test('actions without text, and interruptions', (t) => {
  const actions: ControlAction[] = [
    { name: 'commit' },
    { name: 'rollback' },
    { name: 'read-index' },
    { name: 'savepoint', savepoint: 'a' },
    { name: 'rollback-to', savepoint: 'a' },
    { name: 'release', savepoint: 'a' },
    { name: 'set-global', assignments: [{ name: 'x', value: 1n }] },
  ];
  for (const action of actions) {
    const request = { key, transactionId: 2, action, timeoutMs: 10 };
    t.strictSame(decodeControlRequest(encodeControlRequest(request)), request);
  }
  t.strictSame(decodeKill(encodeKill(key, 'connection')), { key, what: 'connection' });
  t.end();
});

t.test('rubbish is refused as an invalid packet, never with another error', (t) => {
  const decoders = [decodeStatementRequest, decodeControlRequest, decodeControlAnswer, decodeKill];
  for (const body of [undefined, null, 'text', 7, {}, [], [[]], [['a', 1, 2]], [1, 2, 3, 4, 5, 6]]) {
    for (const decode of decoders) t.throws(() => decode(body), { name: 'OB_RPC_PACKET_INVALID' });
  }
  fc.assert(
    fc.property(fc.anything({ withBigInt: true }), (body) =>
      decoders.every(
        (decode) =>
          isDecodedOrRefused(decode, body) && isDecodedOrRefused(decode, [body, body, body, body, body]),
      ),
    ),
  );
  t.end();
});

/** Whether it decodes, or throws what it should. */
function isDecodedOrRefused(decode: (body: unknown) => unknown, body: unknown): boolean {
  try {
    decode(body);
    return true;
  } catch (error) {
    return isObError(error, 'OB_RPC_PACKET_INVALID');
  }
}

async function* each(pieces: readonly unknown[]): AsyncIterable<unknown> {
  yield* pieces;
}

t.test('a forwarded text keeps bytes that are no UTF-8', async (t) => {
  const [sample] = fc.sample(state, { numRuns: 1, seed: 1 });
  if (sample === undefined) throw new TypeError('no sample');
  const text = "INSERT INTO t VALUES (_binary '\udcff')";

  const request = decodeStatementRequest(
    overTheWire(
      encodeStatementRequest({
        key,
        state: sample,
        text,
        parameters: [],
        transaction: undefined,
        timeoutMs: 1,
      }),
    ),
  );

  t.equal(request.text, text);
});
