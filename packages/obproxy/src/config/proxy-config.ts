import { ObError } from '@sealane/errors';
import {
  isParameterName,
  type NameOf,
  type ParameterDefinition,
  type ParameterName,
  parameterNames,
  parameterTable,
} from './parameter-table.ts';
import { parseBool, parseInteger, parseTimeMs } from './parameter-value.ts';

/** Where values live while the proxy doesn't run. */
export interface ConfigStore {
  /** @throws ObError OB_IO_ERROR, OB_INVALID_CONFIG */
  read(): Readonly<Record<string, string>>;
  /** Whole, and safely: either this or what was there before. @throws ObError OB_IO_ERROR */
  write(values: Readonly<Record<string, string>>): void;
}

export interface ShownParameter extends ParameterDefinition {
  readonly name: ParameterName;
  readonly value: string;
}

/** The proxy's parameters: the table's defaults, what was set by SQL, what the command line says, the last one first. */
export class ProxyConfig {
  readonly #store: ConfigStore;
  readonly #stored: Map<ParameterName, string>;
  readonly #values: Map<ParameterName, string>;
  readonly #listeners: ((changed: ReadonlySet<ParameterName>) => void)[] = [];

  /**
   * @param given  of the command line; these hold for this run, and are not kept
   * @throws ObError OB_INVALID_CONFIG, OB_ERR_PARAM_INVALID, OB_ERR_SYS_CONFIG_UNKNOWN
   */
  constructor(store: ConfigStore, given: Readonly<Record<string, string>> = {}) {
    this.#store = store;
    this.#stored = new Map(Object.entries(store.read()).map(checked));
    this.#values = new Map([...this.#stored, ...Object.entries(given).map(checked)]);
  }

  text(name: ParameterName): string {
    return this.#values.get(name) ?? parameterTable[name].default;
  }

  bool(name: NameOf<'BOOL'>): boolean {
    return parseBool(this.text(name)) ?? false;
  }

  integer(name: NameOf<'INT'>): number {
    return parseInteger(this.text(name)) ?? 0;
  }

  timeMs(name: NameOf<'TIME'>): number {
    return parseTimeMs(this.text(name)) ?? 0;
  }

  /** In the table's order. */
  list(): readonly ShownParameter[] {
    return parameterNames.map((name) => ({ ...parameterTable[name], name, value: this.text(name) }));
  }

  /**
   * Sets all or none, keeps them, and tells the listeners.
   *
   * @param check  may refuse what the table allows: by throwing, before anything is changed
   * @throws ObError OB_ERR_SYS_CONFIG_UNKNOWN, OB_ERR_PARAM_INVALID, OB_IO_ERROR
   */
  set(assignments: readonly (readonly [string, string])[], check?: (candidate: ConfigValues) => void): void {
    const values = new Map(assignments.map(checked));
    check?.(candidateOf((name) => values.get(name) ?? this.text(name)));
    const stored = new Map([...this.#stored, ...values]);
    this.#store.write(Object.fromEntries(stored));
    const changed = new Set([...values].filter(([name, value]) => this.text(name) !== value).map(nameOf));
    for (const [name, value] of values) {
      this.#stored.set(name, value);
      this.#values.set(name, value);
    }
    if (changed.size > 0) for (const listener of this.#listeners) listener(changed);
  }

  /** Called after each change. */
  onChange(listener: (changed: ReadonlySet<ParameterName>) => void): void {
    this.#listeners.push(listener);
  }
}

/** Values as they would be. */
export interface ConfigValues {
  text(name: ParameterName): string;
  bool(name: NameOf<'BOOL'>): boolean;
}

function candidateOf(text: (name: ParameterName) => string): ConfigValues {
  return { text, bool: (name) => parseBool(text(name)) ?? false };
}

function nameOf([name]: readonly [ParameterName, string]): ParameterName {
  return name;
}

/** @throws ObError OB_ERR_SYS_CONFIG_UNKNOWN, OB_ERR_PARAM_INVALID */
function checked([name, value]: readonly [string, string]): [ParameterName, string] {
  const known = name.toLowerCase();
  if (!isParameterName(known)) {
    throw new ObError('OB_ERR_SYS_CONFIG_UNKNOWN', [], {
      message: `System config unknown: ${name}; SHOW PROXYCONFIG lists what there is`,
    });
  }
  return [known, normalized(known, parameterTable[known], value)];
}

function normalized(name: ParameterName, definition: ParameterDefinition, value: string): string {
  const { type, range, check } = definition;
  if (type === 'STRING') {
    try {
      check?.(value);
      return value;
    } catch (error) {
      throw error instanceof ObError ? error : invalid(name, value, (error as Error).message, definition);
    }
  }
  if (type === 'BOOL') {
    const bool = parseBool(value);
    if (bool === undefined) throw invalid(name, value, 'it is True or False', definition);
    return bool ? 'True' : 'False';
  }
  const number = type === 'INT' ? parseInteger(value) : parseTimeMs(value);
  if (number === undefined)
    throw invalid(
      name,
      value,
      type === 'INT' ? 'it is a number' : 'it is a time as 500ms, 10s, 2m',
      definition,
    );
  if (range !== undefined && (number < range.min || number > range.max))
    throw invalid(name, value, `its range is ${rangeText(definition)}`, definition);
  return value.trim().toLowerCase();
}

/** As SHOW PROXYCONFIG shows it; empty where everything goes. */
export function rangeText({ type, range }: ParameterDefinition): string {
  if (range === undefined) return '';
  const unit = type === 'TIME' ? 'ms' : '';
  return `[${range.min}${unit}, ${range.max}${unit}]`;
}

function invalid(name: string, value: string, why: string, { secret }: ParameterDefinition): ObError {
  const shown = secret === true ? 'what was given' : `'${value}'`;
  return new ObError('OB_ERR_PARAM_INVALID', [], { message: `${name}: ${shown} is not valid: ${why}` });
}
