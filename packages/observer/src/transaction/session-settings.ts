import type { CellValue, SessionState } from '@sealane/sql';
import type { StatementServices, TenantView } from './services.ts';
import { isOn, type SessionLimits, sessionLimits } from './session-limits.ts';
import { variableReader } from './statement-context.ts';

/** What each statement asks of its session's variables. */
export interface SessionSettings {
  readonly autocommit: boolean;
  readonly readOnly: boolean;
  readonly foreignKeys: boolean;
  readonly sqlMode: string;
  readonly limits: SessionLimits;
  /** Of all variables that a plan may depend on beside the schema. */
  readonly planKey: string;
}

interface Known {
  /** Of the tenant's values: another object when one has changed. */
  readonly globals: object;
  readonly settings: SessionSettings;
}

/** By the session's variables, which are never changed in place. */
const known = new WeakMap<SessionState['variables'], Known>();

/** Read once, until a variable of the session or of the tenant changes. */
export function settingsOf(
  node: TenantView,
  services: Pick<StatementServices, 'nodeVariable'>,
  state: SessionState,
): SessionSettings {
  const { globals } = node;
  const found = known.get(state.variables);
  if (found?.globals === globals) return found.settings;
  const settings = readSettings(node, services, state);
  known.set(state.variables, { globals, settings });
  return settings;
}

function readSettings(
  node: TenantView,
  services: Pick<StatementServices, 'nodeVariable'>,
  state: SessionState,
): SessionSettings {
  const read = variableReader(node, services, state);
  const variable = (name: string): CellValue | undefined => read(name, 'session');
  return {
    autocommit: isOn(variable('autocommit') ?? 1n),
    readOnly: isOn(variable('transaction_read_only')),
    foreignKeys: isOn(variable('foreign_key_checks') ?? 1n),
    sqlMode: String(variable('sql_mode') ?? ''),
    limits: sessionLimits(variable),
    planKey: planVariables.map((name) => String(variable(name) ?? '')).join('\n'),
  };
}

const planVariables = [
  'sql_mode',
  'collation_connection',
  'character_set_client',
  'time_zone',
  'div_precision_increment',
  'group_concat_max_len',
];
