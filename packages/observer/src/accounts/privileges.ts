import { isObError, ObError } from '@sealane/errors';
import type {
  Account,
  EffectiveGrants,
  Plan,
  PrivilegeHolder,
  PrivilegeName,
  RequiredPrivilege,
  SessionState,
  SqlHandle,
  VirtualRows,
  VirtualTableDefinition,
  Visibility,
} from '@sealane/sql';
import { visibilityOf } from './visibility.ts';

/** What of `@sealane/sql` decides. */
export interface PrivilegeRules {
  effectiveGrants(
    handle: SqlHandle,
    account: Account,
    activeRoles: readonly Account[],
  ): EffectiveGrants | undefined;
  loginRoles(handle: SqlHandle, account: Account, all: boolean): readonly Account[];
  noGrants(): EffectiveGrants;
  checkPrivileges(required: readonly RequiredPrivilege[], holder: PrivilegeHolder): void;
}

/** A tenant as its privileges are read: any change of accounts or grants makes a new version of the catalog. */
export interface PrivilegeTenant {
  readonly tenantId: number;
  catalog(): { readonly version: number };
  readonly database: { reader(): SqlHandle };
}

/** What one account may do, as long as the version stands. */
interface KnownAccount {
  readonly grants: EffectiveGrants;
  /** Plans that it may run: each is looked at once. */
  readonly allowed: WeakSet<Plan>;
}

interface KnownTenant {
  readonly version: number;
  readonly accounts: Map<string, KnownAccount>;
}

/** Sets of roles make accounts many; beyond this all are read anew. */
const accountsMax = 1_000;
/** More than there can be at a time: dropped ones leave theirs behind. */
const tenantsMax = 100;

/**
 * Whether a session may run a statement. Grants are read from the tenant's file once for each account and version of
 * the catalog, so that GRANT and REVOKE count from the next statement on.
 */
export class Privileges {
  readonly #rules: PrivilegeRules;
  readonly #tenants = new Map<number, KnownTenant>();

  constructor(rules: PrivilegeRules) {
    this.#rules = rules;
  }

  /** @throws ObError 1044, 1045, 1142, 1143, 1227, 1356, 1449; 1820 for a session whose password has expired */
  allow(plan: Plan, kind: string, tenant: PrivilegeTenant, state: SessionState): void {
    if (state.internal === true) return;
    if (state.passwordExpired === true && !withExpiredPassword.has(kind))
      throw new ObError('ER_MUST_CHANGE_PASSWORD');
    const { requires } = plan;
    if (requires === undefined || requires.length === 0) return;
    const { grants, allowed } = this.#known(tenant, state);
    if (allowed.has(plan)) return;
    this.#check(requires, grants, tenant, state);
    allowed.add(plan);
  }

  /** Whether a session may use a database by default. @throws ObError 1044 */
  allowDatabase(database: string, tenant: PrivilegeTenant, state: SessionState): void {
    if (state.internal === true) return;
    this.#check(
      [{ level: 'database', database, anyOf: [] }],
      this.#known(tenant, state).grants,
      tenant,
      state,
    );
  }

  has(name: PrivilegeName, tenant: PrivilegeTenant, state: SessionState): boolean {
    return state.internal === true || this.#known(tenant, state).grants.global.has(name);
  }

  /** Undefined: it sees everything. */
  visibility(tenant: PrivilegeTenant, state: SessionState): Visibility | undefined {
    return state.internal === true ? undefined : visibilityOf(this.#known(tenant, state).grants);
  }

  /** Without PROCESS one sees one's own sessions only. */
  visibleRows(
    { name, columns }: VirtualTableDefinition,
    rows: VirtualRows,
    tenant: PrivilegeTenant,
    state: SessionState,
  ): VirtualRows {
    if (!name.endsWith('PROCESSLIST') || this.has('PROCESS', tenant, state)) return rows;
    const place = (name: string): number => columns.findIndex((column) => column.name === name);
    const [user, tenantAt] = [place('USER'), place('TENANT')];
    return rows.filter((row) => row[user] === state.user && (tenantAt < 0 || row[tenantAt] === state.tenant));
  }

  /** Who may do nothing with a table isn't told that there is none. */
  disguised(error: unknown, tenant: PrivilegeTenant, state: SessionState): unknown {
    if (state.internal === true || !isObError(error)) return error;
    const { database, table, command } = error.details;
    if (typeof database !== 'string' || typeof table !== 'string' || typeof command !== 'string')
      return error;
    if (this.#known(tenant, state).grants.hasSomethingOn(database, table)) return error;
    return new ObError('OB_ERR_NO_TABLE_PRIVILEGE', [command, state.user, state.clientHost, table]);
  }

  #check(
    required: readonly RequiredPrivilege[],
    grants: EffectiveGrants,
    tenant: PrivilegeTenant,
    state: SessionState,
  ): void {
    this.#rules.checkPrivileges(required, {
      user: state.user,
      host: state.accountHost,
      clientHost: state.clientHost,
      grants,
      grantsOf: (definer) => {
        const handle = tenant.database.reader();
        return this.#rules.effectiveGrants(handle, definer, this.#rules.loginRoles(handle, definer, false));
      },
    });
  }

  #known(tenant: PrivilegeTenant, state: SessionState): KnownAccount {
    const { accounts } = this.#ofTenant(tenant);
    const roles = state.activeRoles ?? [];
    const key = accountKey(state, roles);
    const known = accounts.get(key);
    if (known !== undefined) return known;
    const account = { user: state.user, host: state.accountHost };
    // An account that was dropped may do nothing any more, though its sessions stand.
    const grants =
      this.#rules.effectiveGrants(tenant.database.reader(), account, roles) ?? this.#rules.noGrants();
    const made = { grants, allowed: new WeakSet<Plan>() };
    if (accounts.size >= accountsMax) accounts.clear();
    accounts.set(key, made);
    return made;
  }

  #ofTenant(tenant: PrivilegeTenant): KnownTenant {
    const { version } = tenant.catalog();
    const known = this.#tenants.get(tenant.tenantId);
    if (known?.version === version) return known;
    const made = { version, accounts: new Map<string, KnownAccount>() };
    if (known === undefined && this.#tenants.size >= tenantsMax) this.#tenants.clear();
    this.#tenants.set(tenant.tenantId, made);
    return made;
  }
}

function accountKey({ user, accountHost }: SessionState, roles: readonly Account[]): string {
  const own = `${user}\0${accountHost}`;
  return roles.length === 0 ? own : [own, ...roles.map((role) => `${role.user}\0${role.host}`)].join('\0');
}

/** As in MySQL: another password, and what clients send before they know. */
const withExpiredPassword: ReadonlySet<string> = new Set([
  'set-password',
  'alter-user',
  'set',
  'begin',
  'commit',
  'rollback',
]);
