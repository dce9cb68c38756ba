import type { LinkMode, Server, WatchedParameter } from './cluster-view.ts';
import type { ProxyParameter } from './step.ts';

/** What the controller is asked to reach. */
export type Goal =
  /** `require`: refuse clear text when all of it is encrypted. */
  | { readonly kind: 'encrypt'; readonly require?: true; readonly strategy?: Strategy }
  | { readonly kind: 'decrypt'; readonly strategy?: Strategy }
  | { readonly kind: 'restart'; readonly servers: readonly Server[] }
  /** Down the ladder again, or up, to the state in which a run that isn't over found the cluster. */
  | {
      readonly kind: 'back-out';
      readonly of: Exclude<Goal['kind'], 'back-out'>;
      readonly before: Before;
      readonly strategy?: Strategy;
    };

/** How links get into the wanted mode when not by restarting their nodes: each is renewed, made before it is broken. */
export type Strategy = 'recycle';

/** The settings that a run found. */
export interface Before {
  readonly parameters: Readonly<Partial<Record<WatchedParameter, string>>>;
  /** Tenants whose require_secure_transport was on. */
  readonly requiringTls: readonly string[];
  /** By the proxy's name. */
  readonly proxies: Readonly<Record<string, Readonly<Record<ProxyParameter, string>>>>;
}

/** One rung of the ladder towards a goal; plan.ts climbs the first that doesn't hold yet. */
export type Rung =
  | {
      readonly kind: 'parameter';
      readonly name: WatchedParameter;
      readonly value: string;
      readonly was: string;
    }
  /** A value for each proxy, by its name; one for all of them when it is a text. */
  | { readonly kind: 'proxy'; readonly name: ProxyParameter; readonly value: ByProxy }
  | { readonly kind: 'roll'; readonly mode: LinkMode | undefined }
  /** Each node in turn renews the links that it has dialled, without a restart. */
  | { readonly kind: 'recycle'; readonly mode: LinkMode }
  /** Nobody would be locked out by the rungs that follow. */
  | { readonly kind: 'readiness' }
  /** require_secure_transport on in all tenants, or in these and in no others. */
  | { readonly kind: 'require-tls'; readonly tenants: 'all' | readonly string[] };

export type ByProxy = string | Readonly<Record<string, string>>;

const allow = { kind: 'parameter', name: 'ssl_client_authentication', value: 'True', was: 'False' } as const;
const invite = { kind: 'parameter', name: '_ob_ssl_invited_nodes', value: 'ALL', was: 'NONE' } as const;
const requireOfNodes = {
  kind: 'parameter',
  name: 'rpc_server_authentication_method',
  value: 'SSL_IO',
  was: 'ALL',
} as const;

/**
 * The rungs in order. Encryption is allowed before it is wanted, wanted before it is rolled out, and required last; the way back
 * is the same ladder, downwards. A proxy speaks TLS as long as servers offer it.
 */
export function ladderOf(goal: Goal): readonly Rung[] {
  switch (goal.kind) {
    case 'encrypt':
      return [
        allow,
        ...proxyRungs('True'),
        invite,
        rollOrRecycle('ENCRYPTED', goal.strategy),
        ...(goal.require === true ? requireRungs : []),
      ];
    case 'decrypt':
      return [
        { kind: 'require-tls', tenants: [] },
        down(requireOfNodes),
        down(invite),
        rollOrRecycle('PLAIN', goal.strategy),
        ...proxyRungs('False').toReversed(),
        down(allow),
      ];
    case 'restart':
      return [{ kind: 'roll', mode: undefined }];
    case 'back-out':
      return ladderBack(goal);
  }
}

const requireRungs: readonly Rung[] = [
  { kind: 'readiness' },
  requireOfNodes,
  { kind: 'require-tls', tenants: 'all' },
];

/** What was found before decides; links that were encrypted before the run stay so. */
function ladderBack({ of, before, strategy }: Extract<Goal, { kind: 'back-out' }>): readonly Rung[] {
  if (of === 'restart') return []; // Bringing back the node in hand is all there is.
  const to = ({ name, value, was }: typeof allow | typeof invite | typeof requireOfNodes): Rung[] => {
    const found = before.parameters[name];
    return found === undefined
      ? []
      : [{ kind: 'parameter', name, value: found, was: found === value ? was : value }];
  };
  const proxies = Object.keys(before.proxies).length === 0 ? [] : proxyRungsBack(before);
  const mode: LinkMode = of === 'encrypt' ? 'PLAIN' : 'ENCRYPTED';
  const rolled = (before.parameters._ob_ssl_invited_nodes === 'NONE') === (mode === 'PLAIN');
  const roll: readonly Rung[] = rolled ? [rollOrRecycle(mode, strategy)] : [];
  const required: readonly Rung[] = [{ kind: 'require-tls', tenants: before.requiringTls }];
  if (of === 'encrypt') {
    return [
      ...required,
      ...to(requireOfNodes),
      ...to(invite),
      ...roll,
      ...proxies.toReversed(),
      ...to(allow),
    ];
  }
  return [...to(allow), ...proxies, ...to(invite), ...roll, ...to(requireOfNodes), ...required];
}

function rollOrRecycle(mode: LinkMode, strategy: Strategy | undefined): Rung {
  return strategy === 'recycle' ? { kind: 'recycle', mode } : { kind: 'roll', mode };
}

function proxyRungs(value: string): readonly Rung[] {
  return [
    { kind: 'proxy', name: 'enable_server_ssl', value },
    { kind: 'proxy', name: 'enable_client_ssl', value },
  ];
}

function proxyRungsBack({ proxies }: Before): readonly Rung[] {
  const valuesOf = (name: ProxyParameter) =>
    Object.fromEntries(Object.entries(proxies).map(([proxy, values]) => [proxy, values[name]]));
  return [
    { kind: 'proxy', name: 'enable_server_ssl', value: valuesOf('enable_server_ssl') },
    { kind: 'proxy', name: 'enable_client_ssl', value: valuesOf('enable_client_ssl') },
  ];
}

function down({ name, value, was }: Extract<Rung, { kind: 'parameter' }>): Rung {
  return { kind: 'parameter', name, value: was, was: value };
}

/** The statement that reaches a parameter rung. */
export function setParameterSql(name: WatchedParameter, value: string): string {
  return `ALTER SYSTEM SET ${name} = '${value}'`;
}

/** The statement, for the proxy's own administrator, that reaches a proxy rung. */
export function setProxySql(name: ProxyParameter, value: string): string {
  return `ALTER PROXYCONFIG SET ${name} = ${value}`;
}

/** The statement by which root of the sys tenant makes a tenant refuse clear text. */
export function requireTlsSql(tenant: string, on: boolean): string {
  return `ALTER TENANT ${tenant} SET VARIABLES require_secure_transport = ${on ? 'ON' : 'OFF'}`;
}

/** Whether a goal leads away from encryption: then a link that is missing is a reason to go on, not to wait. */
export function leadsDown(goal: Goal): boolean {
  return goal.kind === 'decrypt' || (goal.kind === 'back-out' && goal.of === 'encrypt');
}

/** Whether the ladder has rungs about what is required, so that a look has to read it. */
export function concernsRequirements(goal: Goal): boolean {
  return ladderOf(goal).some((rung) => rung.kind === 'require-tls');
}

/** The same for the same goal: an unfinished roll is resumed by the goal that began it, and by no other. */
export function goalName(goal: Goal): string {
  switch (goal.kind) {
    case 'encrypt':
      return `encryption enable${strategyText(goal.strategy)}`;
    case 'decrypt':
      return `encryption disable${strategyText(goal.strategy)}`;
    case 'restart':
      return `restart ${goal.servers.toSorted().join(' ')}`;
    case 'back-out':
      return 'encryption back-out';
  }
}

/** As the command line has it: what interrupted the one strategy is taken up by the same, and mended by the other. */
function strategyText(strategy: Strategy | undefined): string {
  return strategy === undefined ? '' : ` --strategy ${strategy}`;
}

/** The statement that has a server open anew every link that it has dialled. */
export function renewLinksSql(server: Server): string {
  return `ALTER SYSTEM RENEW RPC LINKS SERVER = '${server}'`;
}
