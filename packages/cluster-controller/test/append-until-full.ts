import { Journal } from '../src/journal.ts';

/** Appends to the journal that is named on the command line until it can't, and says how often it could and why it stopped. */
const journal = new Journal(process.argv[2] ?? '');
let appended = 0;
try {
  for (;;) {
    journal.append({
      at: '2026-01-01T00:00:00Z',
      goal: 'encryption enable',
      event: 'begin',
      step: { kind: 'stop-server', server: `127.0.0.1:${2882 + appended}` },
    });
    appended += 1;
  }
} catch (error) {
  const { name, message } = error as Error;
  process.stdout.write(JSON.stringify({ appended, name, message }));
}
