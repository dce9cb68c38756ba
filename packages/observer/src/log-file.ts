import { openSync } from 'node:fs';
import { join } from 'node:path';
import { type Logger as PinoLogger, pino } from 'pino';
import type { LeveledLogger } from './logger.ts';

const levels: Readonly<Record<string, string>> = {
  WDIAG: 'info',
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  EDIAG: 'error',
  ERROR: 'error',
};

/**
 * Opens `observer.log` of a node: one JSON object a line. Each thread opens it for itself; a line is written in one piece
 * to the end of the file, so that lines of both don't mix.
 *
 * @param syslogLevel  as in the parameter `syslog_level`
 */
export function openLog(directory: string, syslogLevel: string): { logger: LeveledLogger; flush(): void } {
  // Opened here and now: a node that refuses to start must still be able to write why.
  const file = openSync(join(directory, 'observer.log'), 'a');
  const destination = pino.destination({ fd: file, sync: false, maxLength: waitingSizeMax });
  // On a full disk lines wait for room, up to a bound: a log that can't be written is no reason to end.
  let writable = true;
  destination.on('error', () => {
    writable = false;
  });
  destination.on('write', () => {
    writable = true;
  });
  // pino flushes when the process ends, and would try for ever where there is no room.
  const { flush: flushLater, flushSync } = destination;
  Object.assign(destination, {
    flush: (done?: (error?: Error) => void) => (writable ? flushLater.call(destination, done) : done?.()),
    flushSync: () => {
      if (writable) flushSync.call(destination);
    },
  });
  const logger = pino({ level: levelOf(syslogLevel), base: { pid: process.pid } }, destination);
  return { logger: leveled(logger), flush: () => destination.flushSync() };
}

/** pino names levels in its own way. */
function levelOf(syslogLevel: string): string {
  return levels[syslogLevel.toUpperCase()] ?? 'info';
}

function leveled(logger: PinoLogger): LeveledLogger {
  return Object.assign(logger, {
    setLevel: (level: string) => {
      logger.level = levelOf(level);
    },
  });
}

const waitingSizeMax = 4 * 1024 * 1024;
