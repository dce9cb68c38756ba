import type { EffectiveGrants, Visibility } from '@sealane/sql';

/** What names a session may know of: those on which it has some privilege, and everybody's own. */
export function visibilityOf(grants: EffectiveGrants): Visibility {
  const seesAllDatabases = grants.global.has('SHOW DATABASES');
  return {
    database: (name) => name === 'information_schema' || seesAllDatabases || grants.hasSomethingIn(name),
    relation: (database, name) => database === 'information_schema' || grants.hasSomethingOn(database, name),
    column: (database, relation, column) =>
      database === 'information_schema' ||
      seesColumns.some((name) => grants.onTable(database, relation).has(name)) ||
      grants.onColumn(database, relation, column).size > 0,
    viewText: (database, view) => {
      const held = grants.onTable(database, view);
      return held.has('SHOW VIEW') && held.has('SELECT');
    },
    readsAccounts: () => grants.onTable('mysql', 'user').has('SELECT'),
  };
}

/** Any of these on the table shows its columns. */
const seesColumns = ['SELECT', 'INSERT', 'UPDATE', 'REFERENCES'] as const;
