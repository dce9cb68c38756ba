import type { Duplex } from 'node:stream';
import { encodePacket, encodePayload, pcodes } from '@sealane/ob-rpc';
import { createContexts, type SecureFacts, secureOutbound } from '@sealane/transport-security';
import { openSocket } from './dialer.ts';
import { type End, endsOf, type PairHandshake } from './handshakes.ts';
import type { Survey } from './survey.ts';

const ANSWER_TIMEOUT_MS = 3_000;
/** Of no cluster and no server, so that nobody takes it for a link. */
const INTRODUCTION = { identity: 'cluster-controller plan', clusterName: 'preflight', clusterId: 0 };

/**
 * Where a node speaks TLS already, every other node's wallet is tried on its real port: what it has loaded, and not only what lies on
 * its disk. The handshake is the mesh's own; the connection is closed when the node has read a first frame. Nodes that can't be
 * reached from here are left out.
 */
export async function shakeHandsOverWire(surveyed: Survey): Promise<readonly PairHandshake[]> {
  const ends = endsOf(surveyed).filter(({ kind }) => kind === 'node');
  const loaded = surveyed.view.nodes.filter(({ answer }) => answer?.tls.enabled === true);
  const pairs: PairHandshake[] = [];
  for (const { name, server } of loaded) {
    for (const from of ends.filter((end) => end.name !== name)) {
      const shaken = await shakeHands(from, server);
      if (shaken === undefined) break; // Not reachable by one, not by the others.
      pairs.push({ kind: 'node', from: from.name, to: name, port: 'rpc', over: 'wire', ...shaken });
    }
  }
  return pairs;
}

type Shaken = Pick<PairHandshake, 'agreed' | 'protocol' | 'cipher' | 'reason'>;

async function shakeHands({ end }: End, server: string): Promise<Shaken | undefined> {
  const [host = '', port = ''] = server.split(':');
  const socket = await openSocket(host, Number(port));
  if (socket === undefined) return undefined;
  try {
    const { rpcClient } = createContexts(
      end.wallet,
      end.profile === undefined ? {} : { profile: end.profile },
    );
    const options = { context: rpcClient, localCertificate: end.wallet.facts, host };
    const { stream, facts } = await secureOutbound(socket, options);
    return await firstAnswer(stream, facts);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { agreed: false, protocol: null, cipher: null, reason };
  } finally {
    socket.destroy();
  }
}

/** In TLS 1.3 the accepting side judges when the dialling one is done: whoever answers a frame has let it in. */
function firstAnswer(stream: Duplex, { protocol, cipher }: SecureFacts): Promise<Shaken> {
  return new Promise((resolve) => {
    const refuse = (reason: string) => () => resolve({ agreed: false, protocol, cipher, reason });
    const timer = setTimeout(refuse('it did not answer a first frame'), ANSWER_TIMEOUT_MS);
    timer.unref();
    stream.once('data', () => resolve({ agreed: true, protocol, cipher, reason: null }));
    stream.once('error', refuse('it hung up on the certificate; its log says why'));
    stream.once('close', refuse('it hung up on the certificate; its log says why'));
    stream.write(encodePacket(1, { pcode: pcodes.LINK_IDENTIFY }, encodePayload(INTRODUCTION)));
  });
}
