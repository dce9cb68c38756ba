import { ObError } from '@sealane/errors';
import { rehearseHandshake, type Wallet } from '@sealane/transport-security';
import { type ClusterView, nodeLabel, nodeOf, type Server } from '../cluster-view.ts';
import { openWallet, problemsOfWallet } from '../wallet-check.ts';
import type { StepContext } from './carry-out.ts';

/**
 * The wallet that a node is going to read when it starts again, looked at right before it is stopped: the preflight may be hours old.
 *
 * @throws ObError OB_OP_NOT_ALLOW when the node would not start with it, or, where links are encrypted, would not be believed
 */
export async function requireWallet(context: StepContext, server: Server, view: ClusterView): Promise<void> {
  const node = nodeOf(view, server);
  if (node?.answer?.tls.enabled !== true) return;
  const wallet = await walletOf(context, server);
  if ('unusable' in wallet) throw notStopped(nodeLabel(node), [wallet.unusable]);
  // On the way to clear text nobody has to be believed.
  if (node.answer.parameters['_ob_ssl_invited_nodes']?.toUpperCase() === 'NONE') return;
  const problems = problemsOfWallet(wallet, new Date());
  const refusals = problems.length > 0 ? [] : await refusalsOf(context, { server, wallet }, view);
  if (problems.length + refusals.length > 0) throw notStopped(nodeLabel(node), [...problems, ...refusals]);
}

/** What the others would say to it, and it to them. */
async function refusalsOf(
  context: StepContext,
  own: { readonly server: Server; readonly wallet: Wallet },
  { nodes }: ClusterView,
): Promise<readonly string[]> {
  const refusals: string[] = [];
  for (const { name, server } of nodes.filter((node) => node.server !== own.server)) {
    const wallet = await walletOf(context, server);
    if ('unusable' in wallet) continue; // It runs with the one it has loaded, and isn't to be stopped now.
    const [us, them] = [{ wallet: own.wallet }, { wallet }];
    const dialled = await rehearseHandshake({ dialler: us, acceptor: them, port: 'rpc', host: ipOf(server) });
    const accepted = await rehearseHandshake({
      dialler: them,
      acceptor: us,
      port: 'rpc',
      host: ipOf(own.server),
    });
    const [refusal] = [...dialled.refusals, ...accepted.refusals];
    if (refusal !== undefined) refusals.push(`no handshake with ${name}: ${refusal.reason}`);
  }
  return refusals;
}

async function walletOf(
  { target }: StepContext,
  server: Server,
): Promise<Wallet | { readonly unusable: string }> {
  try {
    return openWallet(await target.walletOf(server), ipOf(server), new Date());
  } catch (error) {
    return { unusable: error instanceof Error ? error.message : String(error) };
  }
}

function notStopped(label: string, problems: readonly string[]): ObError {
  const message = `${label} is not stopped, since it would not come back: ${problems.join('; ')}. Put a good wallet there (cluster-controller certs make, certs rotate)`;
  return new ObError('OB_OP_NOT_ALLOW', [], { message, details: { problems } });
}

function ipOf(server: Server): string {
  return server.split(':')[0] ?? '';
}
