import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Message } from '@sealane/consensus';
import {
  type AppliedEntry,
  decodeMessage,
  encodeMessage,
  LogStream,
  type LogStreamOptions,
  messagePcodes,
  type RoleReport,
} from '../../src/replication/index.ts';

/** Everything a member did that a test may ask for. It outlives the stream, like a state machine's own disk. */
export interface MemberRecord {
  readonly applied: AppliedEntry[];
  readonly roles: RoleReport[];
}

/** Fast enough for a test, slow enough for a busy machine. */
export const testTimings = {
  heartbeatMs: 50,
  electionTimeoutMinMs: 700,
  electionTimeoutMaxMs: 1300,
  leaseMs: 560,
  probeIntervalMs: 30,
  commitNoticeMs: 5,
  transferTimeoutMs: 1000,
  proposeTimeoutMs: 5000,
};

/** Three log streams in one process, real directories, messages through the real codec and a switchable network. */
export class StreamCluster {
  readonly members = ['127.0.0.1:2882', '127.0.0.1:3882', '127.0.0.1:4882'];
  readonly streams = new Map<string, LogStream>();
  readonly records = new Map<string, MemberRecord>();
  readonly cutOff = new Set<string>();
  readonly root: string;
  messageCount = 0;

  private constructor(root: string) {
    this.root = root;
  }

  static async create(): Promise<StreamCluster> {
    return new StreamCluster(await mkdtemp(join(tmpdir(), 'log-stream-')));
  }

  directory(server: string): string {
    return join(this.root, server.replace(':', '-'));
  }

  record(server: string): MemberRecord {
    const found = this.records.get(server) ?? { applied: [], roles: [] };
    this.records.set(server, found);
    return found;
  }

  stream(server: string): LogStream {
    const found = this.streams.get(server);
    if (found === undefined) throw new Error(`${server} isn't running`);
    return found;
  }

  async startAll(): Promise<void> {
    for (const server of this.members) await this.start(server);
  }

  async start(server: string, options: Partial<LogStreamOptions> = {}): Promise<LogStream> {
    const record = this.record(server);
    const stream: LogStream = new LogStream({
      tenantId: 1002,
      lsId: 1001,
      self: server,
      members: this.members,
      directory: this.directory(server),
      appliedLsn: record.applied.at(-1)?.lsn ?? 0,
      send: (to, message) => this.#deliver(stream, server, to, message),
      apply: (entry) => record.applied.push(entry),
      onRoleChange: (report) => record.roles.push(report),
      timings: testTimings,
      ...options,
    });
    await stream.start();
    this.streams.set(server, stream);
    return stream;
  }

  async stop(server: string): Promise<void> {
    await this.stream(server).stop();
    this.streams.delete(server);
  }

  /** Like kill -9 as far as the others can see: no word reaches or leaves it, and it hands nothing over. */
  async kill(server: string): Promise<void> {
    const stream = this.stream(server);
    this.cutOff.add(server);
    this.streams.delete(server);
    await stream.stop();
    this.cutOff.delete(server);
  }

  async leader(): Promise<LogStream> {
    const found = await this.waitFor('a serving leader', () =>
      [...this.streams].find(([server, stream]) => !this.cutOff.has(server) && stream.role().serving),
    );
    return found[1];
  }

  async waitFor<Found>(
    what: string,
    find: () => Found | undefined | false,
    timeoutMs = 10_000,
  ): Promise<Found> {
    const deadlineMs = performance.now() + timeoutMs;
    for (;;) {
      const found = find();
      if (found !== undefined && found !== false) return found;
      if (performance.now() > deadlineMs) throw new Error(`timed out waiting for ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** Payloads of data entries as text, in the order of their application. */
  texts(server: string): string[] {
    return this.record(server)
      .applied.filter((entry) => entry.kind === 'data')
      .map((entry) => Buffer.from(entry.payload).toString());
  }

  async close(): Promise<void> {
    const running = [...this.streams.values()];
    for (const server of this.members) this.cutOff.add(server);
    await Promise.all(running.map((stream) => stream.stop()));
    await rm(this.root, { recursive: true, force: true });
  }

  #deliver(sender: LogStream, from: string, to: string, message: Message): void {
    this.messageCount += 1;
    if (this.cutOff.has(from) || this.cutOff.has(to)) return;
    const body = structuredClone(encodeMessage(1001, message));
    const pcode = messagePcodes[message.kind];
    setImmediate(() => {
      if (this.cutOff.has(from) || this.cutOff.has(to) || this.streams.get(from) !== sender) return;
      this.streams.get(to)?.receive(from, decodeMessage(pcode, body).message);
    });
  }
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
