import { ObError } from '@sealane/errors';
import type {
  AlterSystemFreezeStatement,
  AlterSystemSwitchStatement,
  AlterSystemZoneStatement,
  ResourceStatement,
  Statement,
  SystemParameterItem,
} from '../ast.ts';
import type { AdminAction, AdminPlan, ParameterAssignment, SessionPlan } from '../plan.ts';

/**
 * Plans ALTER SYSTEM and what else the observer carries out.
 *
 * @param text  the statement's own
 * @returns undefined for any other statement
 */
export function planAdmin(statement: Statement, text: string): AdminPlan | SessionPlan | undefined {
  switch (statement.kind) {
    case 'alter-system-set': {
      const items = statement.items.map(parameterOf);
      return admin({ name: 'set-parameters', items, reset: statement.reset });
    }
    case 'alter-system-server': {
      const { operation, servers, zone } = statement;
      return admin({ name: 'server', operation, servers, ...given({ zone }) });
    }
    case 'alter-system-zone':
      return admin(zoneAction(statement));
    case 'alter-system-freeze':
      return admin(freezeAction(statement));
    case 'alter-system-switch-replica':
      return admin(switchAction(statement));
    case 'resource':
      return admin(resourceAction(statement, text));
    case 'alter-system-bootstrap': {
      const servers = statement.servers.map(({ zone, server }) => ({ zone, server }));
      return admin({ name: 'bootstrap', servers });
    }
    case 'alter-system-renew-links':
      return admin({ name: 'renew-links', servers: statement.servers });
    case 'alter-instance-reload-tls':
      return admin({ name: 'reload-tls', rollback: statement.rollback });
    case 'alter-system-command':
      return commandPlan(statement.command);
    case 'alter-system-switch-rootservice':
      throw new ObError('OB_NOT_SUPPORTED', ['ALTER SYSTEM SWITCH ROOTSERVICE']);
    default:
      return undefined;
  }
}

/** What only asks a cache to be fresh: ours are, at every statement. */
const alreadySo = /^(REFRESH|CLEAR|FLUSH|RELOAD (SERVER|ZONE|UNIT))\b/;

function commandPlan(command: string): SessionPlan {
  if (alreadySo.test(command)) return { kind: 'session', action: { name: 'nothing' } };
  throw new ObError('OB_NOT_SUPPORTED', [`ALTER SYSTEM ${command}`]);
}

function admin(action: AdminAction): AdminPlan {
  return { kind: 'admin', action };
}

function parameterOf(item: SystemParameterItem): ParameterAssignment {
  const { name, value, comment, scope, server, zone, tenant } = item;
  return { name: name.toLowerCase(), value: value ?? '', ...given({ comment, scope, server, zone, tenant }) };
}

function zoneAction({ operation, zone, region, idc, zoneType }: AlterSystemZoneStatement): AdminAction {
  if (operation === 'alter' && (region ?? idc ?? zoneType) === undefined) {
    throw new ObError('OB_NOT_SUPPORTED', ['ALTER SYSTEM ALTER ZONE without an attribute']);
  }
  return { name: 'zone', operation, zone };
}

function freezeAction({ type, target }: AlterSystemFreezeStatement): AdminAction {
  if (type === 'major') throw new ObError('OB_NOT_SUPPORTED', ['ALTER SYSTEM MAJOR FREEZE']);
  const [tenant] = target.tenants;
  return { name: 'minor-freeze', servers: target.servers, ...given({ zone: target.zone, tenant }) };
}

function switchAction({ role, server, zone, tenant, lsId }: AlterSystemSwitchStatement): AdminAction {
  return { name: 'switch-leader', role, ...given({ server, zone, tenant, lsId }) };
}

function resourceAction(statement: ResourceStatement, text: string): AdminAction {
  const { type, operation, name: subject, ifNotExists, ifExists } = statement;
  return {
    name: resourceNames[type],
    operation,
    subject,
    ifNotExists,
    ifExists,
    options: statement.options.map(({ name, values }) => ({ name, values })),
    variables: statement.variables.map(({ name, value }) => ({
      name: name.toLowerCase(),
      value: text.slice(value.start, value.end),
    })),
  };
}

const resourceNames = {
  TENANT: 'tenant',
  'RESOURCE UNIT': 'resource-unit',
  'RESOURCE POOL': 'resource-pool',
} as const satisfies Record<ResourceStatement['type'], AdminAction['name']>;

/** Leaves out what is undefined. */
function given<T extends Record<string, unknown>>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
