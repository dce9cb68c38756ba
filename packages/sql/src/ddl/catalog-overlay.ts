import type { Catalog, RelationDefinition } from '../catalog.ts';
import type { Place } from './names.ts';

/** A catalog in which some relations are gone and others are put, for what follows in the same statement. */
export function overlayCatalog(
  catalog: Catalog,
  changes: { readonly removed?: readonly Place[]; readonly put?: readonly RelationDefinition[] },
): Catalog {
  const changed = new Map<string, RelationDefinition | undefined>();
  for (const place of changes.removed ?? []) changed.set(keyOf(place), undefined);
  for (const relation of changes.put ?? []) changed.set(keyOf(relation), relation);
  return {
    version: catalog.version,
    database: (name) => catalog.database(name),
    databases: () => catalog.databases(),
    relation: (database, name) => {
      const key = keyOf({ database: database.toLowerCase(), name: name.toLowerCase() });
      return changed.has(key) ? changed.get(key) : catalog.relation(database, name);
    },
    relations: (database) =>
      [
        ...catalog.relations(database).filter((relation) => !changed.has(keyOf(relation))),
        ...[...changed.values()].filter(
          (relation) => relation !== undefined && relation.database === database.toLowerCase(),
        ),
      ] as readonly RelationDefinition[],
  };
}

function keyOf({ database, name }: Place): string {
  return `${database}\u0000${name}`;
}
