import { ObError } from '@sealane/errors';
import t from 'tap';
import { decodePayload, EncodedBody, encodePayload } from '../src/index.ts';
import { rpcPair } from './rpc-pair.ts';

t.test('who only passes bodies on neither reads them nor writes them anew', async (t) => {
  const relayed: unknown[] = [];
  const pair = await rpcPair(t, {
    1: ({ body }) => ({ got: body }),
    2: async function* ({ body }) {
      yield* [body, new EncodedBody(encodePayload({ as: 'it came' }))];
    },
    3: (request) => {
      const { bytes } = request.encodedBody();
      t.equal(bytes.byteLength, bytes.buffer.byteLength, 'in a buffer of its own');
      relayed.push(request.stream, decodePayload(bytes));
      return new EncodedBody(bytes);
    },
    4: () => {
      throw new ObError('OB_NOT_MASTER');
    },
  });
  const body = { rows: [[1, 'one', null]] };
  const encoded = new EncodedBody(encodePayload(body));
  const options = { timeoutMs: 5_000, encoded: true };

  const answer = await pair.link.call(0x1, encoded, options);
  t.ok(answer instanceof EncodedBody);
  t.same(decodePayload((answer as EncodedBody).bytes), { got: body });
  const pieces: unknown[] = [];
  for await (const piece of pair.link.stream(0x2, encoded, options)) pieces.push(piece);
  t.same(
    pieces.map((piece) => decodePayload((piece as EncodedBody).bytes)),
    [body, { as: 'it came' }],
  );
  t.same(await pair.link.call(0x3, body, { timeoutMs: 5_000 }), body);
  t.same(relayed, [false, body]);
  await t.rejects(pair.link.call(0x4, encoded, options), { name: 'OB_NOT_MASTER' });
});
