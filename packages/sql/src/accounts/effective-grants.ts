import type { SqlHandle } from '../values.ts';
import { type Account, sameAccount } from './account-name.ts';
import { matchesPattern, patternOrder } from './database-pattern.ts';
import { type Grants, grantsOf, type TableGrants } from './grants-of.ts';
import { findPrivilege, type PrivilegeName } from './privilege-list.ts';
import { readUser } from './read-users.ts';
import { type GrantedRole, grantedRoles, reachableRoles } from './role-edges.ts';

/** What an account may do with the roles that are active: its own grants, theirs, and those of their roles. */
export class EffectiveGrants {
  readonly global: ReadonlySet<PrivilegeName>;
  /** Roles that the account itself has. */
  readonly roles: readonly GrantedRole[];
  /** Each holder's own grants: of one holder's database patterns the most special one counts. */
  readonly #holders: readonly Holder[];
  readonly #byDatabase = new Map<string, ReadonlySet<PrivilegeName>>();

  constructor(holders: readonly Grants[], roles: readonly GrantedRole[]) {
    this.#holders = holders.map(holderOf);
    this.roles = roles;
    this.global = new Set(holders.flatMap(({ global }) => [...global]));
  }

  /** Global ones too. */
  onDatabase(database: string): ReadonlySet<PrivilegeName> {
    let held = this.#byDatabase.get(database);
    if (held === undefined) {
      held = this.#readDatabase(database);
      this.#byDatabase.set(database, held);
    }
    return held;
  }

  /** Of the table as a whole, from all levels. */
  onTable(database: string, table: string): ReadonlySet<PrivilegeName> {
    const onDatabase = this.onDatabase(database);
    const own = this.#tables(database, table);
    if (own.length === 0) return onDatabase;
    return new Set([...onDatabase, ...own.flatMap(({ held }) => [...held])]);
  }

  /** Of the column itself; what is held on its table isn't repeated. */
  onColumn(database: string, table: string, column: string): ReadonlySet<PrivilegeName> {
    const sets = this.#tables(database, table).map(({ columns }) => columns.get(column));
    return new Set(sets.flatMap((held) => (held === undefined ? [] : [...held])));
  }

  /** Whether some column of the table has the privilege; without one: any privilege. */
  onAnyColumn(database: string, table: string, name?: PrivilegeName): boolean {
    return this.#tables(database, table).some(({ columns }) =>
      [...columns.values()].some((held) => name === undefined || held.has(name)),
    );
  }

  /** Whether there is anything in the database that the account may do something with. */
  hasSomethingIn(database: string): boolean {
    if (isSomething(this.onDatabase(database))) return true;
    return this.#holders.some(({ grants }) =>
      [...grants.tables.values()].some((table) => table.database === database),
    );
  }

  /** Whether there is anything that the account may do with the table. */
  hasSomethingOn(database: string, table: string): boolean {
    return isSomething(this.onTable(database, table)) || this.onAnyColumn(database, table);
  }

  #readDatabase(database: string): ReadonlySet<PrivilegeName> {
    const held = new Set(this.global);
    for (const { grants, patterns } of this.#holders) {
      const pattern = grants.databases.has(database)
        ? database
        : patterns.find((each) => matchesPattern(each, database));
      if (pattern === undefined) continue;
      for (const name of grants.databases.get(pattern) ?? []) held.add(name);
    }
    return held;
  }

  #tables(database: string, table: string): readonly TableGrants[] {
    const key = `${database}.${table}`;
    return this.#holders.flatMap(({ grants }) => grants.tables.get(key) ?? []);
  }
}

interface Holder {
  readonly grants: Grants;
  /** The databases, most special pattern first. */
  readonly patterns: readonly string[];
}

function holderOf(grants: Grants): Holder {
  return { grants, patterns: [...grants.databases.keys()].sort(patternOrder) };
}

/** Privileges that are global only say nothing of any table, and don't show it. Source: MySQL's DB_ACLS. */
function isSomething(held: ReadonlySet<PrivilegeName>): boolean {
  for (const name of held)
    if (name !== 'GRANT OPTION' && findPrivilege(name)?.levels.includes('database')) return true;
  return false;
}

/** Of whoever has nothing. */
export function noGrants(): EffectiveGrants {
  return new EffectiveGrants([], []);
}

/** @returns undefined if there is no such account */
export function effectiveGrants(
  handle: SqlHandle,
  account: Account,
  activeRoles: readonly Account[],
): EffectiveGrants | undefined {
  if (readUser(handle, account) === undefined) return undefined;
  const granted = grantedRoles(handle, account);
  // A role that was taken away stays in the session's list, and counts for nothing.
  const active = activeRoles.filter((role) => granted.some((each) => sameAccount(each, role)));
  const holders = [account, ...reachableRoles(handle, active)];
  return new EffectiveGrants(
    holders.map((holder) => grantsOf(handle, holder)),
    granted,
  );
}
