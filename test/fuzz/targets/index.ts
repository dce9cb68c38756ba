import type { Target } from '../target.ts';

/** Every decoder that reads what others wrote, by name. Loaded one by one: each has a process of its own. */
const loaders: Readonly<Record<string, () => Promise<Target>>> = {
  'mysql-stream': async () => (await import('./mysql-stream.ts')).mysqlStream,
  'mysql-login': async () => (await import('./mysql-login.ts')).mysqlLogin,
  'mysql-command': async () => (await import('./mysql-command.ts')).mysqlCommand,
  'mysql-server': async () => (await import('./mysql-server.ts')).mysqlServer,
  'mysql-answer': async () => (await import('./mysql-answer.ts')).mysqlAnswer,
  'mysql-client': async () => (await import('./mysql-client.ts')).mysqlClient,
  'mysql-scanner': async () => (await import('./mysql-scanner.ts')).mysqlScanner,
  'ob20-frame': async () => (await import('./ob20-frame.ts')).ob20Frame,
  'rpc-frame': async () => (await import('./rpc-frame.ts')).rpcFrame,
  'rpc-first-bytes': async () => (await import('./rpc-first-bytes.ts')).rpcFirstBytes,
  'rpc-link': async () => (await import('./rpc-link.ts')).rpcLink,
  'rpc-payload': async () => (await import('./rpc-payload.ts')).rpcPayload,
  'log-entry': async () => (await import('./log-entry.ts')).logEntry,
  'log-damage': async () => (await import('./log-directory.ts')).logDamage,
  'log-lies': async () => (await import('./log-directory.ts')).logLies,
  'log-record': async () => (await import('./log-record.ts')).logRecord,
  'rpc-bodies': async () => (await import('./rpc-bodies.ts')).rpcBodies,
  'tls-records': async () => (await import('./tls-records.ts')).tlsRecords,
  certificate: async () => (await import('./certificate.ts')).certificate,
  'sql-parser': async () => (await import('./sql-parser.ts')).sqlParser,
};

export const targetNames: readonly string[] = Object.keys(loaders);

export async function loadTarget(name: string): Promise<Target> {
  const load = loaders[name];
  if (load === undefined) throw new Error(`there is no decoder ${name}`);
  return load();
}
