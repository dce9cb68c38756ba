export { defaultLimits, type FrontLimits } from './limits.ts';
export { MysqlListener, type MysqlListenerOptions } from './listener.ts';
export { type LoginName, parseLoginName } from './login-name.ts';
export type {
  Account,
  Accounts,
  AuthExchange,
  AuthenticationRequest,
  FrontPorts,
  FrontSocket,
  LinkTraffic,
  LoginBook,
  PeerCertificate,
  PreparedStatement,
  QueryOptions,
  SecuredSocket,
  SecureInbound,
  ServerState,
  SessionFactory,
  SessionRequest,
  SqlLink,
  SqlLinkFacts,
  SqlLinks,
  SqlSession,
  StatementOutcome,
  StatementResult,
  Tenant,
  Tenants,
  TlsFacts,
} from './ports.ts';
export { ProcessList, type ProcessRow } from './process-list.ts';
export {
  StatementCache,
  type StatementCacheFigures,
  type StatementCacheOptions,
  type StatementKey,
} from './statement-cache.ts';
