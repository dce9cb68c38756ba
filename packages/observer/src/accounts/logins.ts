import type { FrontPorts, LoginBook } from '../mysql-front/index.ts';
import { nodeDirectories } from '../node-config.ts';
import type { ParameterStore } from '../parameters/parameter-store.ts';
import type { HostedTenant, Tenants } from '../tenant/tenants.ts';
import { type LoginTenant, TenantAccounts } from './accounts.ts';
import { FreshAccounts } from './fresh-accounts.ts';
import { type LoginAttempt, LoginAudit } from './login-audit.ts';
import { LoginKey } from './login-key.ts';
import { type AcceptedLogin, LoginSummaries } from './login-summary.ts';

export interface LoginsOptions {
  readonly baseDirectory: string;
  /** Another one after each start of this process. */
  readonly incarnation: number;
  readonly tenants: Tenants;
  readonly parameters: ParameterStore;
}

/** How clients log in to this node, and what it remembers of that since its start: the last attempts, and who came how. */
export class Logins implements LoginBook {
  readonly accounts: TenantAccounts;
  readonly audit = new LoginAudit();
  readonly summaries = new LoginSummaries();
  readonly #tenants: Tenants;
  readonly #incarnation: number;
  readonly #fresh = new WeakMap<HostedTenant, FreshAccounts>();

  constructor({ baseDirectory, incarnation, tenants, parameters }: LoginsOptions) {
    this.#tenants = tenants;
    this.#incarnation = incarnation;
    this.accounts = new TenantAccounts({
      tenant: (tenantId) => this.#loginTenant(tenantId === undefined ? tenants.sys : tenants.byId(tenantId)),
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

  #loginTenant(tenant: HostedTenant): LoginTenant {
    let fresh = this.#fresh.get(tenant);
    if (fresh === undefined) {
      fresh = new FreshAccounts(() => catchUp(tenant, this.#incarnation));
      this.#fresh.set(tenant, fresh);
    }
    return loginTenant(tenant, fresh);
  }

  attempted(attempt: LoginAttempt): void {
    this.audit.record(attempt);
  }

  accepted(login: AcceptedLogin): void {
    this.summaries.record(login);
  }
}

function loginTenant({ node }: HostedTenant, fresh: FreshAccounts): LoginTenant {
  return {
    reader: () => (node.catalog().version > 0 ? node.database.reader() : undefined),
    variable: (name) => node.globalVariable(name),
    caughtUp: () => fresh.wait(),
  };
}

/**
 * Asks the leader how far it is, and applies that. On the leader, and where there is none, there is nothing to ask for.
 *
 * @param incarnation of this node: to the leader another one is a new process, whose transactions are gone
 */
async function catchUp({ node, access }: HostedTenant, incarnation: number): Promise<void> {
  if (node.serving || node.log.role().leader === undefined) return;
  const key = { origin: node.self, incarnation, connectionId: ofNoConnection };
  const { answer } = await access.control(
    { key, transactionId: 0, action: { name: 'read-index' }, timeoutMs: catchUpMs },
    { holder: undefined, inDoubt: 'repeat', signal: AbortSignal.timeout(catchUpMs) },
  );
  if (answer.error !== undefined) throw answer.error;
  await node.waitApplied(answer.appliedLsn, catchUpMs);
}

/** Sessions count from 1. */
const ofNoConnection = 0;

const catchUpMs = 1_000;
