import { Worker } from 'node:worker_threads';
import { PortChannel } from './channel.ts';
import type { StartedThread } from './log-thread.ts';
import type { LogThreadData, ToLogThread, ToSqlThread } from './messages.ts';

/** Starts the log thread of this process. */
export function startLogThread(data: LogThreadData): StartedThread {
  const worker = new Worker(new URL('./main.ts', import.meta.url), { name: 'log', workerData: data });
  const channel = new PortChannel<ToLogThread, ToSqlThread>(worker);
  const ended = new Promise<void>((resolve, reject) => {
    worker.once('error', reject);
    worker.once('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`it ended with code ${code}`));
    });
  });
  return { channel, ended };
}
