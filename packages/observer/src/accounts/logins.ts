import type { FrontPorts, LoginBook } from '../mysql-front/index.ts';
import { nodeDirectories } from '../node-config.ts';
import type { ParameterStore } from '../parameters/parameter-store.ts';
import type { HostedTenant, Tenants } from '../tenant/tenants.ts';
import { type LoginTenant, TenantAccounts } from './accounts.ts';
import { type LoginAttempt, LoginAudit } from './login-audit.ts';
import { LoginKey } from './login-key.ts';
import { type AcceptedLogin, LoginSummaries } from './login-summary.ts';

/** How clients log in to this node, and what it remembers of that since its start: the last attempts, and who came how. */
export class Logins implements LoginBook {
  readonly accounts: TenantAccounts;
  readonly audit = new LoginAudit();
  readonly summaries = new LoginSummaries();
  readonly #tenants: Tenants;

  constructor(baseDirectory: string, tenants: Tenants, parameters: ParameterStore) {
    this.#tenants = tenants;
    this.accounts = new TenantAccounts({
      tenant: (tenantId) => loginTenant(tenantId === undefined ? tenants.sys : tenants.byId(tenantId)),
      invitedCommonNames: () => parameters.text('ob_ssl_invited_common_names'),
      failureControl: () => ({
        threshold: parameters.integer('connection_control_failed_connections_threshold'),
        delayMinMs: parameters.integer('connection_control_min_connection_delay'),
        delayMaxMs: parameters.integer('connection_control_max_connection_delay'),
      }),
      key: new LoginKey(nodeDirectories(baseDirectory).etc),
    });
  }

  /** What the MySQL front needs for logins. Before a tenant is known, sys's variables count. */
  get ports(): Pick<FrontPorts, 'accounts' | 'audit' | 'greetingPlugin' | 'loginTimeoutMs'> {
    const variable = (name: string) => this.#tenants.sys.node.globalVariable(name);
    return {
      accounts: this.accounts,
      audit: this,
      greetingPlugin: () => String(variable('default_authentication_plugin')),
      loginTimeoutMs: () => Number(variable('connect_timeout')) * 1000,
    };
  }

  attempted(attempt: LoginAttempt): void {
    this.audit.record(attempt);
  }

  accepted(login: AcceptedLogin): void {
    this.summaries.record(login);
  }
}

function loginTenant({ node }: HostedTenant): LoginTenant {
  return {
    reader: () => (node.catalog().version > 0 ? node.database.reader() : undefined),
    variable: (name) => node.globalVariable(name),
  };
}
