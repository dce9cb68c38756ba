import { ObError } from '@sealane/errors';
import type { ViewAnswer } from '@sealane/ob-rpc';
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

  /** The same with the names of its columns, for those who don't know the view. */
  async read(name: string): Promise<ViewAnswer> {
    const rows = await this.rows(name);
    const columns = this.#byName.get(name.toLowerCase())?.definition.columns ?? [];
    return { columns: columns.map((column) => column.name), rows };
  }

  /** @param tenantId  of the session that asks; the node itself asks for sys */
  async rows(name: string, tenantId = 1): Promise<VirtualRows> {
    const view = this.#byName.get(name.toLowerCase());
    if (view === undefined) throw new ObError('OB_TABLE_NOT_EXIST', ['oceanbase', name]);
    return view.rows(tenantId);
  }
}
