import { LogStream } from '../../src/replication/index.ts';

/**
 * A process to be killed: one log stream with one member, writing as fast as it can. Prints `start N` with the number
 * of entries it recovered, then the LSN of each entry when it is acknowledged.
 */
const [directory = ''] = process.argv.slice(2);
const self = '127.0.0.1:2882';
let recovered = 0;
const stream = new LogStream({
  tenantId: 1,
  lsId: 1,
  self,
  members: [self],
  directory,
  appliedLsn: 0,
  send: () => undefined,
  apply: ({ lsn, payload, kind }) => {
    if (kind === 'data' && Buffer.from(payload).readUInt32BE(0) !== lsn)
      throw new Error(`entry ${lsn} is another one`);
    recovered = lsn;
  },
  onRoleChange: () => undefined,
  segmentSizeMax: 200_000,
});
await stream.start();
while (!stream.role().serving) await new Promise((resolve) => setImmediate(resolve));
process.stdout.write(`start ${recovered}\n`);
let next = recovered + 1;
await Promise.all(Array.from({ length: 8 }, () => write()));

async function write(): Promise<void> {
  for (;;) {
    const payload = Buffer.alloc(100 + (next % 5000), next);
    payload.writeUInt32BE(next++, 0);
    const { lsn } = await stream.propose(payload);
    process.stdout.write(`${lsn}\n`);
  }
}
