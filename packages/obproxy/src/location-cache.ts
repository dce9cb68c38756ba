import { LRUCache } from 'lru-cache';
import type { TenantLocation } from './routing/topology.ts';

/** Where each tenant's leader was seen last. An entry that turned out wrong is dirty: it is looked up anew before it is used. */
export class LocationCache {
  readonly #entries: LRUCache<string, { readonly location: TenantLocation; dirty: boolean }>;

  constructor(tenantCountMax = 10_000) {
    this.#entries = new LRUCache({ max: tenantCountMax });
  }

  /** @returns undefined for an unknown or a dirty one */
  get(tenant: string): TenantLocation | undefined {
    const entry = this.#entries.get(tenant.toLowerCase());
    return entry === undefined || entry.dirty ? undefined : entry.location;
  }

  set(tenant: string, location: TenantLocation): void {
    this.#entries.set(tenant.toLowerCase(), { location, dirty: false });
  }

  /** Dirty ones as well. */
  list(): readonly { readonly tenant: string; readonly location: TenantLocation; readonly dirty: boolean }[] {
    return [...this.#entries.entries()].map(([tenant, entry]) => ({ tenant, ...entry }));
  }

  /** Somebody was sent to the wrong server. */
  markDirty(tenant: string): void {
    const entry = this.#entries.get(tenant.toLowerCase());
    if (entry !== undefined) entry.dirty = true;
  }
}
