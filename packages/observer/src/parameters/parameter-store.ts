import { parameterDefinition, parameterTable } from './parameter-table.ts';
import { parseBool, parseCapacity, parseTimeUs } from './parameter-value.ts';

/** Where a value comes from, as SHOW PARAMETERS says it. */
export type ParameterSource = 'DEFAULT' | 'CMDLINE' | 'FILE' | 'CLUSTER' | 'OBADMIN';

/** One row of `oceanbase.__all_sys_parameter`. Empty zone and `ANY` address: the whole cluster. */
export interface StoredParameter {
  readonly zone: string;
  readonly svrIp: string;
  readonly svrPort: number;
  readonly name: string;
  readonly value: string;
  readonly configVersion: number;
}

export interface EffectiveParameter {
  readonly value: string;
  readonly source: ParameterSource;
}

export interface ThisServer {
  readonly zone: string;
  readonly svrIp: string;
  readonly svrPort: number;
}

/**
 * The parameters of this node: defaults, over them what the command line and the configuration file
 * said, over them what the cluster has stored (for everybody, for the zone, for this server), and over
 * that what ob_admin has set here, until the cluster says something new about it.
 */
export class ParameterStore {
  readonly #server: ThisServer;
  readonly #started: ReadonlyMap<string, EffectiveParameter>;
  #stored: ReadonlyMap<string, EffectiveParameter> = new Map();
  readonly #setHere = new Map<string, EffectiveParameter>();
  /** Grows with each change of the cluster's parameters. A link notes the one it opened under. */
  #configVersion = 0;

  constructor(server: ThisServer, started: ReadonlyMap<string, EffectiveParameter>) {
    this.#server = server;
    this.#started = started;
  }

  get configVersion(): number {
    return this.#configVersion;
  }

  /** @returns undefined for an unknown parameter */
  find(name: string): EffectiveParameter | undefined {
    const definition = parameterDefinition(name);
    if (definition === undefined) return undefined;
    return (
      this.#setHere.get(definition.name) ??
      this.#stored.get(definition.name) ??
      this.#started.get(definition.name) ?? { value: definition.default, source: 'DEFAULT' }
    );
  }

  text(name: string): string {
    const found = this.find(name);
    if (found === undefined) throw new TypeError(`no parameter ${name} in the table`);
    return found.value;
  }

  bool(name: string): boolean {
    return parseBool(this.text(name)) ?? false;
  }

  integer(name: string): number {
    return Number(this.text(name));
  }

  bytes(name: string): number {
    return parseCapacity(this.text(name)) ?? 0;
  }

  timeMs(name: string): number {
    return (parseTimeUs(this.text(name)) ?? 0) / 1000;
  }

  /** @param name  of the table, and a value of its form */
  setHere(name: string, value: string): void {
    this.#setHere.set(name, { value, source: 'OBADMIN' });
  }

  /** Takes what the cluster has stored. @returns whether it is newer than what was known */
  replace(rows: readonly StoredParameter[]): boolean {
    const configVersion = rows.reduce((newest, row) => Math.max(newest, row.configVersion), 0);
    const changed = configVersion !== this.#configVersion;
    for (const row of rows) if (row.configVersion > this.#configVersion) this.#setHere.delete(row.name);
    this.#configVersion = configVersion;
    this.#stored = this.#effective(rows);
    return changed;
  }

  /** Values that differ from their default, to be remembered for a start without the cluster. */
  nonDefault(): Record<string, string> {
    const values: Record<string, string> = {};
    for (const { name, default: standard } of parameterTable) {
      const { value } = this.find(name) ?? { value: standard };
      if (value !== standard) values[name] = value;
    }
    return values;
  }

  #effective(rows: readonly StoredParameter[]): Map<string, EffectiveParameter> {
    const chosen = new Map<string, { rank: number; value: string }>();
    for (const row of rows) {
      const rank = this.#rank(row);
      if (rank === 0 || (chosen.get(row.name)?.rank ?? 0) > rank) continue;
      chosen.set(row.name, { rank, value: row.value });
    }
    return new Map([...chosen].map(([name, { value }]) => [name, { value, source: 'CLUSTER' }]));
  }

  /** 0: not for this server; otherwise the more special the higher. */
  #rank(row: StoredParameter): number {
    if (row.svrIp !== 'ANY')
      return row.svrIp === this.#server.svrIp && row.svrPort === this.#server.svrPort ? 3 : 0;
    if (row.zone !== '') return row.zone === this.#server.zone ? 2 : 0;
    return 1;
  }
}
