import { isDeepStrictEqual } from 'node:util';
import { ObError } from '@sealane/errors';
import { decodePayload, encodePayload } from '@sealane/ob-rpc';
import { readIdentification } from '../../../packages/ob-rpc/src/identification.ts';
import { readResponse } from '../../../packages/ob-rpc/src/response-body.ts';
import {
  decodeMessage,
  encodeMessage,
  messagePcodes,
} from '../../../packages/observer/src/replication/index.ts';
import {
  changeMembersBody,
  field,
  switchLeaderBody,
} from '../../../packages/observer/src/rpc-front/pcodes.ts';
import {
  closeRequest,
  openAnswer,
  openAnswerBody,
  openRequest,
  readAnswer,
  readRequest,
} from '../../../packages/observer/src/snapshot/snapshot-wire.ts';
import {
  decodeControlAnswer,
  decodeControlRequest,
  decodeKill,
  decodeStatementAnswer,
  decodeStatementRequest,
  encodeControlRequest,
  encodeStatementRequest,
} from '../../../packages/observer/src/transaction/wire.ts';
import type { Chance } from '../../simulation/random.ts';
import { must, outcomeOf, refusal, type Target } from '../target.ts';
import { listOf, someBytes, someCell, someCount, someText } from '../values.ts';
import { someEntry } from './log-entry.ts';
import { someValue } from './rpc-payload.ts';

/** The body of each packet code as its program reads it: byte 0 says which, the rest is msgpack. */
export const rpcBodies: Target = {
  name: 'rpc-bodies',
  inputSizeMax: 96 * 1024,
  tokens: [
    ...[null, true, 0, -1, 2 ** 53, 1n << 63n, 'rows', 'end', 'begun', 'ok', 'failed', [], {}, undefined].map(
      (value) => Uint8Array.from(encodePayload(value)),
    ),
  ],
  generate(chance: Chance): Uint8Array {
    const kind = chance.below(kinds.length);
    const body = chance.happens(0.8) ? kinds[kind]?.make(chance) : someValue(chance, 0);
    return Uint8Array.from([kind, ...encodePayload(body)]);
  },
  async run(input) {
    const kind = kinds[(input[0] ?? 0) % kinds.length] as Kind;
    let body: unknown;
    try {
      body = decodePayload(input.subarray(1));
    } catch (error) {
      return refusal(error);
    }
    if (kind.readPieces !== undefined) return `${kind.name} ${await readPieces(kind.readPieces, body)}`;
    return `${kind.name} ${outcomeOf(() => kind.read(body))}`;
  },
};

interface Kind {
  readonly name: string;
  make(chance: Chance): unknown;
  read(body: unknown): string;
  readonly readPieces?: (parts: AsyncIterable<unknown>) => Promise<string>;
}

const key = { origin: '10.0.0.1:2882', incarnation: 7, connectionId: 9 };

const kinds: readonly Kind[] = [
  ...Object.entries(messagePcodes).map(
    ([name, pcode]): Kind => ({
      name,
      make: (chance) => someMessage(chance, name),
      read(body) {
        const { lsId, message } = decodeMessage(pcode, body);
        const again = decodeMessage(pcode, decodePayload(encodePayload(encodeMessage(lsId, message))));
        must(isDeepStrictEqual(again, { lsId, message }), 'a message differs when written again');
        return 'read';
      },
    }),
  ),
  {
    name: 'statement',
    make: (chance) => encodeStatementRequest(someStatement(chance)),
    read(body) {
      const request = decodeStatementRequest(body);
      const again = decodeStatementRequest(decodePayload(encodePayload(encodeStatementRequest(request))));
      must(isDeepStrictEqual(again, request), 'a forwarded statement differs when written again');
      return String(request.transaction === undefined);
    },
  },
  {
    name: 'statement-answer',
    make: (chance) => listOf(chance, 4, () => somePiece(chance)),
    read: () => '',
    async readPieces(parts) {
      const { outcome } = await decodeStatementAnswer(parts);
      if (outcome.kind === 'failed') return outcome.error.name;
      if (outcome.result.kind !== 'rows' || outcome.result.rest === undefined) return outcome.result.kind;
      for await (const rows of outcome.result.rest) must(Array.isArray(rows), 'rows are no list');
      return 'rest';
    },
  },
  {
    name: 'control',
    make: (chance) =>
      encodeControlRequest({
        key,
        transactionId: 3,
        timeoutMs: someCount(chance),
        action: chance.pick([
          { name: 'commit' },
          { name: 'savepoint', savepoint: someText(chance) },
          { name: 'set-global', assignments: [{ name: 'autocommit', value: someCell(chance) }] },
          { name: 'user-lock', operation: 'get', lock: 'l' },
        ] as const),
      }),
    read: (body) => decodeControlRequest(body).action.name,
  },
  {
    name: 'control-answer',
    make: (chance) => [
      chance.pick([null, ['OB_TIMEOUT', 'm', null]]),
      true,
      someCount(chance),
      someCell(chance),
    ],
    read: (body) => String(decodeControlAnswer(body).error?.name),
  },
  { name: 'kill', make: () => [[key.origin, 1, 2], 'query'], read: (body) => decodeKill(body).what },
  {
    name: 'response',
    make: (chance) =>
      chance.pick([
        [0, someCell(chance)],
        [-4012, 'm', {}],
      ]),
    read: (body) => typeof readResponse(body),
  },
  {
    name: 'identification',
    make: () => ({ server: '10.0.0.1:2882', identity: 'observer', clusterName: 'c', clusterId: 1 }),
    read: (body) => String(readIdentification(body).server === undefined),
  },
  {
    name: 'switch-leader',
    make: () => ({ tenantId: 1, to: 'a' }),
    read: (body) => typeof switchLeaderBody(body).to,
  },
  {
    name: 'members',
    make: (chance) =>
      chance.pick([
        { tenantId: 1, add: 'a' },
        { tenantId: 1, remove: 'b' },
      ]),
    read: (body) => Object.keys(changeMembersBody(body)).join(),
  },
  {
    name: 'view',
    make: () => ({ view: 'GV$OB_LINKS' }),
    read: (body) => typeof field(body, 'view', 'string'),
  },
  {
    name: 'snapshot-open',
    make: (chance) => ({ lsn: someCount(chance) }),
    read: (body) => typeof openRequest(body).lsn,
  },
  {
    name: 'snapshot-read',
    make: (chance) => ({ id: 'x', offset: someCount(chance), size: someCount(chance) }),
    read(body) {
      const { size } = readRequest(body);
      must(size > 0 && size <= 1024 * 1024, 'a piece of any size');
      return 'read';
    },
  },
  { name: 'snapshot-close', make: () => ({ id: 'x' }), read: (body) => typeof closeRequest(body).id },
  {
    name: 'snapshot-offer',
    make: (chance) => ({
      state: chance.pick(['ready', 'copying']),
      id: 'x',
      position: { lsn: 1, term: 2, scn: '3', members: ['a'] },
      sizeBytes: someCount(chance),
      sha256: 'ab',
    }),
    read(body) {
      const answer = openAnswer(body);
      must(
        isDeepStrictEqual(openAnswer(openAnswerBody(answer)), answer),
        'an offer differs when written again',
      );
      return answer.state;
    },
  },
  {
    name: 'snapshot-piece',
    make: (chance) => ({ bytes: someBytes(chance, 300), crc32: someCount(chance) }),
    read: (body) => String(readAnswer(body).bytes.length > 0),
  },
];

async function readPieces(
  read: (parts: AsyncIterable<unknown>) => Promise<string>,
  body: unknown,
): Promise<string> {
  const parts = Array.isArray(body) ? body : [body];
  try {
    return await read(
      (async function* () {
        yield* parts;
      })(),
    );
  } catch (error) {
    return refusal(error);
  }
}

function someMessage(chance: Chance, name: string): unknown[] {
  const lsn = 1 + chance.below(50);
  const fields = listOf(chance, 12, () => chance.pick([true, false, someCount(chance), 1, 2, lsn]));
  if (name !== 'push') return [1001, ...fields];
  const entries = [0, 1].map((next) => someEntry(chance, lsn + 1 + next, 3).bytes);
  return [1001, 4, lsn, 2, lsn - 1, 12.5, entries];
}

function someStatement(chance: Chance): Parameters<typeof encodeStatementRequest>[0] {
  return {
    key,
    text: someText(chance, 100),
    parameters: listOf(chance, 5, () => someCell(chance)),
    timeoutMs: 5_000,
    transaction: chance.happens(0.5)
      ? undefined
      : { id: 1, started: true, readOnly: false, repeatable: true, onlyReads: false, savepoints: ['s'] },
    state: someState(chance),
  };
}

function someState(chance: Chance): Parameters<typeof encodeStatementRequest>[0]['state'] {
  return {
    connectionId: 5,
    tenantId: 1002,
    tenant: 'test',
    user: 'root',
    clientHost: '127.0.0.1',
    accountHost: '%',
    database: chance.happens(0.5) ? undefined : 'd',
    variables: { autocommit: 1n, sql_mode: someText(chance) },
    userVariables: { a: someCell(chance) },
    lastInsertId: 0n,
    rowCount: -1n,
    foundRows: 3n,
    warnings: [{ level: 'Warning', errno: 1265, message: someText(chance) }],
  };
}

function somePiece(chance: Chance): unknown[] {
  const state = encodeStatementRequest(someStatement(chance))[1];
  switch (chance.below(4)) {
    case 0:
      return ['rows', listOf(chance, 4, () => listOf(chance, 3, () => someCell(chance)))];
    case 1:
      return ['begun', [], state, 'none', 7];
    case 2:
      return [
        'end',
        state,
        chance.pick([
          ['failed', new ObError('OB_TIMEOUT').name, 'm', null],
          ['ok', 1n, 0n, '', 0],
        ]),
        'none',
        7,
      ];
    default:
      return ['end', state, ['rows', [], 0], 'started', 7];
  }
}
