import { parentPort, workerData } from 'node:worker_threads';
import { openLog } from '../log-file.ts';
import { nodeDirectories } from '../node-config.ts';
import { PortChannel } from './channel.ts';
import { LogNode } from './log-node.ts';
import type { LogThreadData, ToLogThread, ToSqlThread } from './messages.ts';

const port = parentPort;
if (port === null) throw new TypeError('this is the log thread of an observer: only that starts it');
const data = workerData as LogThreadData;
const log = openLog(nodeDirectories(data.config.baseDirectory).log, data.logLevel);
process.once('exit', () => log.flush());
const channel = new PortChannel<ToSqlThread, ToLogThread>(port);

new LogNode({
  data,
  channel,
  logger: log.logger,
  closed: () => port.close(),
});
