import type { ClusterView, WatchedParameter } from '../cluster-view.ts';
import type { TimedEvent } from '../run-reader.ts';
import type { ProxyPicture, RungPicture, Summary } from './snapshot.ts';

export interface RungFacts {
  readonly view: ClusterView;
  readonly summary: Summary;
  readonly proxies: readonly ProxyPicture[];
  /** Of the run that is at work now; none while nobody is. */
  readonly events: readonly TimedEvent[];
}

type RungId = 'allow' | 'proxy' | 'invite' | 'roll' | 'require';

/**
 * The ladder from clear text to required encryption, each rung as the nodes show it now. A rung holds by what is read back, whoever
 * brought it about; enabling climbs it, disabling goes down.
 */
export function rungPictures({ view, summary, proxies, events }: RungFacts): readonly RungPicture[] {
  const current = rungOf(events);
  const rung = (id: RungId, title: string, state: Pick<RungPicture, 'holds' | 'detail'>): RungPicture => {
    return { id, title, ...state, current: id === current };
  };
  return [
    rung('allow', 'allow', shown(view, 'ssl_client_authentication', isOn)),
    ...(proxies.length === 0 ? [] : [rung('proxy', 'proxy', proxyState(proxies))]),
    rung('invite', 'invite', shown(view, '_ob_ssl_invited_nodes', isInvited)),
    rung('roll', 'roll', rollState(summary)),
    rung('require', 'require', shown(view, 'rpc_server_authentication_method', isRequired)),
  ];
}

/** How many nodes show a parameter as this rung wants it. One that is being restarted can't tell. */
function shown(
  view: ClusterView,
  name: WatchedParameter,
  fits: (value: string) => boolean,
): Pick<RungPicture, 'holds' | 'detail'> {
  const values = view.nodes.flatMap(({ answer }) => answer?.parameters[name] ?? []);
  const fitting = values.filter(fits).length;
  const silent = view.nodes.length - values.length;
  return {
    holds: values.length === 0 ? null : fitting === values.length,
    detail: silent === 0 ? `${fitting} of ${values.length} nodes` : `${fitting} nodes, ${silent} silent`,
  };
}

function proxyState(proxies: readonly ProxyPicture[]): Pick<RungPicture, 'holds' | 'detail'> {
  const told = proxies.flatMap(({ back }) => back ?? []);
  const plain = told.reduce((sum, back) => sum + back.plain, 0);
  const encrypted = told.reduce((sum, back) => sum + back.encrypted, 0);
  if (told.length < proxies.length) return { holds: null, detail: 'the proxy does not tell' };
  return {
    holds: plain === 0 && encrypted > 0,
    detail: `${encrypted} of ${plain + encrypted} links to servers`,
  };
}

function rollState({ pairs, encrypted }: Summary): Pick<RungPicture, 'holds' | 'detail'> {
  return { holds: pairs > 0 && encrypted === pairs, detail: `${encrypted} of ${pairs} links` };
}

function rungOf(events: readonly TimedEvent[]): RungId | undefined {
  const last = events.findLast((event) => event.event === 'begin' || event.event === 'end');
  if (last === undefined || !('step' in last)) return undefined;
  const step: { readonly kind: string; readonly name?: string } = last.step;
  if (step.kind === 'set-parameter') return rungOfParameter(step.name);
  if (step.kind === 'set-proxy') return 'proxy';
  return step.kind === 'require-tls' ? 'require' : 'roll';
}

function rungOfParameter(name: string | undefined): RungId {
  if (name === 'ssl_client_authentication') return 'allow';
  return name === '_ob_ssl_invited_nodes' ? 'invite' : 'require';
}

function isOn(value: string): boolean {
  return value.toLowerCase() === 'true';
}

function isInvited(value: string): boolean {
  return !['', 'NONE'].includes(value.toUpperCase());
}

/** Links that only authenticate are no longer enough. */
function isRequired(value: string): boolean {
  return value.toUpperCase() === 'SSL_IO';
}
