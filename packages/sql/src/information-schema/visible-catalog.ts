import type { Catalog } from '../catalog.ts';
import type { Visibility } from './information-context.ts';

/** A catalog that lists only what a session may know of. Who asks for something by its name finds it still. */
export function visibleCatalog(catalog: Catalog, visibility: Visibility): Catalog {
  return {
    version: catalog.version,
    database: (name) => catalog.database(name),
    databases: () => catalog.databases().filter(({ name }) => visibility.database(name)),
    relation: (database, name) => catalog.relation(database, name),
    relations: (database) =>
      catalog.relations(database).filter(({ name }) => visibility.relation(database, name)),
  };
}
