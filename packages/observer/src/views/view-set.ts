import { ObError } from '@sealane/errors';
import type { VirtualRows, VirtualTableDefinition } from '@sealane/sql';
import type { View } from './view.ts';

/** The system views of database `oceanbase`, found without regard to case. */
export class ViewSet {
  readonly #byName: ReadonlyMap<string, View>;
  readonly definitions: readonly VirtualTableDefinition[];

  constructor(views: readonly View[]) {
    this.#byName = new Map(views.map((view) => [view.definition.name.toLowerCase(), view]));
    this.definitions = views.map((view) => view.definition);
  }

  /** @param tenantId  of the session that asks; the node itself asks for sys */
  async rows(name: string, tenantId = 1): Promise<VirtualRows> {
    const view = this.#byName.get(name.toLowerCase());
    if (view === undefined) throw new ObError('OB_TABLE_NOT_EXIST', ['oceanbase', name]);
    return view.rows(tenantId);
  }
}
