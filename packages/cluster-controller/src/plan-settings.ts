import {
  type ClusterView,
  missingPairs,
  type NodeView,
  nodeLabel,
  ownRow,
  type ProxyView,
} from './cluster-view.ts';
import { atOnce } from './gates.ts';
import { type Goal, leadsDown, type Rung } from './goal.ts';
import type { RunState } from './run-state.ts';
import { askedKey, type Decision, waitFor } from './step.ts';

/** The rungs that set something: parameters of the cluster, of the proxies, variables of the tenants. */

export interface ClimbContext {
  readonly goal: Goal;
  readonly view: ClusterView;
  /** With the roll only where it is this goal's. */
  readonly run: RunState;
}

type RungOf<Kind extends Rung['kind']> = Extract<Rung, { kind: Kind }>;

export function climbParameter(
  rung: RungOf<'parameter'>,
  { goal, view, run }: ClimbContext,
): Decision | undefined {
  const others = view.nodes.filter((node) => !reached(node, rung));
  const uncertified =
    rung.name === 'ssl_client_authentication' && rung.value === 'True' ? withoutCertificate(view) : [];
  if (others.length > 0 && !run.asked.has(askedKey('set-parameter', `${rung.name}=${rung.value}`))) {
    // The way down cures links: it must not wait for them.
    const unsettled = leadsDown(goal) ? waitForSome(view, others) : waitForAll(view, 'nodes and links');
    if (unsettled !== undefined) return unsettled;
    const { name, value, was } = rung;
    return { kind: 'step', step: { kind: 'set-parameter', name, value, was }, steadiness: atOnce };
  }
  const missing = others.length > 0 ? others : uncertified;
  if (missing.length === 0) return undefined;
  const what =
    others.length > 0 ? `show ${rung.name} = ${rung.value}` : 'load its certificate and offer TLS to clients';
  const was = run.before?.parameters[rung.name] ?? rung.was;
  return {
    ...waitFor('parameter', `${names(missing)} to ${what}`, rung.name),
    undo: { kind: 'set-parameter', name: rung.name, value: was, was: rung.value },
  };
}

/** Undefined when no proxy is known. */
export function climbProxy(
  { name, value }: RungOf<'proxy'>,
  { view, run }: ClimbContext,
): Decision | undefined {
  for (const proxy of view.proxies) {
    const wanted = typeof value === 'string' ? value : value[proxy.name];
    if (wanted === undefined) continue;
    const shown = proxy.answer?.config[name];
    if (shown === undefined)
      return waitFor('proxy', `${proxyLabel(proxy)} to answer (${proxy.unreachable ?? `no ${name}`})`, name);
    if (shown.toLowerCase() === wanted.toLowerCase()) continue;
    if (!run.asked.has(askedKey('set-proxy', `${proxy.name} ${name}=${wanted}`)))
      return {
        kind: 'step',
        step: { kind: 'set-proxy', proxy: proxy.name, name, value: wanted },
        steadiness: atOnce,
      };
    return waitFor('proxy', `${proxyLabel(proxy)} to show ${name} = ${wanted}`, name);
  }
  if (name !== 'enable_server_ssl' || value !== 'True') return undefined;
  const plain = view.proxies.flatMap(plainBackLinks);
  if (plain.length === 0) return undefined;
  return waitFor('proxy links', `links in clear to end: ${plain.join(', ')}`);
}

export function climbReadiness({ view }: ClimbContext): Decision | undefined {
  if (view.lockedOut === undefined || view.lockedOut.length === 0) return undefined;
  return waitFor(
    'readiness',
    `these to come with TLS, who would be locked out: ${view.lockedOut.join('; ')}`,
  );
}

export function climbRequireTls(
  { tenants }: RungOf<'require-tls'>,
  { goal, view, run }: ClimbContext,
): Decision | undefined {
  const unsettled = leadsDown(goal) ? undefined : waitForAll(view, 'nodes');
  if (unsettled !== undefined) return unsettled;
  const known = new Map(
    view.nodes.flatMap((node) => node.answer?.tenants ?? []).map((each) => [each.name, each]),
  );
  if (known.size === 0) return waitFor('require', 'a node to say which tenants there are');
  for (const { name } of known.values()) {
    const on = tenants === 'all' || tenants.includes(name);
    const others = view.nodes.filter(
      ({ answer }) => answer?.tenants?.find((each) => each.name === name)?.requiresTls !== on,
    );
    if (others.length === 0) continue;
    if (!run.asked.has(askedKey('require-tls', `${name}=${on}`)))
      return { kind: 'step', step: { kind: 'require-tls', tenant: name, on }, steadiness: atOnce };
    const what = `show require_secure_transport ${on ? 'ON' : 'OFF'} for tenant ${name}`;
    return waitFor('require', `${names(others)} to ${what}`, name);
  }
  return undefined;
}

export function waitForAll(view: ClusterView, what: 'nodes' | 'nodes and links'): Decision | undefined {
  const silent = view.nodes.find((node) => node.answer === undefined || ownRow(node) === undefined);
  if (silent !== undefined) return waitForAnswer(silent);
  if (what === 'nodes') return undefined;
  const missing = missingPairs(view);
  if (missing.length === 0) return undefined;
  const pairs = missing.map((pair) => `${pair.from} to ${pair.to}`).join(', ');
  return waitFor('links', `a link from ${pairs}`);
}

/** Somebody must be there to be asked. */
function waitForSome(view: ClusterView, others: readonly NodeView[]): Decision | undefined {
  const [first] = others;
  const answers = view.nodes.some((node) => node.answer !== undefined);
  return answers || first === undefined ? undefined : waitForAnswer(first);
}

function waitForAnswer(node: NodeView): Decision {
  return waitFor(
    'answers',
    `${nodeLabel(node)} to answer (${node.unreachable ?? 'not in DBA_OB_SERVERS yet'})`,
  );
}

/** Any list without NONE refuses clear text, not only the one that is set here. */
function reached({ answer }: NodeView, { name, value }: RungOf<'parameter'>): boolean {
  const shown = answer?.parameters[name];
  if (shown === undefined) return false;
  if (name === 'rpc_server_authentication_method' && value === 'SSL_IO') return !letsClearTextIn(shown);
  if (name === 'rpc_server_authentication_method' && value === 'ALL') return letsClearTextIn(shown);
  return shown.toLowerCase() === value.toLowerCase();
}

function letsClearTextIn(methods: string): boolean {
  const list = methods.split(',').map((each) => each.trim().toUpperCase());
  return list.includes('ALL') || list.includes('NONE');
}

function withoutCertificate(view: ClusterView): readonly NodeView[] {
  return view.nodes.filter(
    ({ answer }) => answer?.certificateExpiresAt === null || answer?.askedEncrypted === false,
  );
}

function plainBackLinks({ name, answer }: ProxyView): readonly string[] {
  return (answer?.links ?? [])
    .filter((link) => link.direction === 'OUT' && link.mode !== 'ENCRYPTED')
    .map((link) => `${name} to ${link.peerAddress}`);
}

function proxyLabel({ name, host, port }: ProxyView): string {
  return `proxy ${name} ${host}:${port}`;
}

function names(nodes: readonly NodeView[]): string {
  return nodes.map(nodeLabel).join(', ');
}
