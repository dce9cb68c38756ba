import { resolve } from 'node:path';
import { type Capture, noCapture } from '../evidence/capture/judge-capture.ts';
import { takeCapture } from '../evidence/capture/take-capture.ts';
import { statusJson } from '../report.ts';
import { type Cluster, printJson, type Surroundings } from './surroundings.ts';
import { LINK_READINGS, readLinks } from './verify-encryption.ts';

/**
 * What can be proven where servers keep no ledger: every server has a certificate loaded, every connection between them that is open
 * now was accepted with TLS by the log of the server that accepted it, and a capture, where one is given, shows no clear text.
 *
 * @param file  a capture of the wire, pcap or pcapng
 * @returns the exit code
 */
export async function verifySeen(
  around: Surroundings,
  cluster: Cluster,
  file: string | undefined,
): Promise<number> {
  const { view, faults } = await readLinks(cluster);
  const unloaded = view.nodes
    .filter(({ answer }) => answer?.certificateExpiresAt == null)
    .map(
      ({ name, unreachable }) =>
        `${name} has no certificate loaded (${unreachable ?? 'SSL_CERT_EXPIRED_TIME is NULL'})`,
    );
  const capture = await captureOf(cluster, view, file);
  const offenders = [...unloaded, ...faults, ...capture.faults];
  if (around.options.json === true) {
    const { faults: found, open, shown, source } = capture;
    printJson(around, {
      proven: offenders.length === 0,
      offenders,
      capture: { source, faults: found, open, shown },
      ...statusJson(cluster.target, view),
    });
  } else {
    around.output.write(`${text(view.nodes.length, offenders, capture)}\n`);
  }
  return offenders.length === 0 ? 0 : 1;
}

async function captureOf(
  { target, sql }: Cluster,
  view: Awaited<ReturnType<typeof readLinks>>['view'],
  file: string | undefined,
): Promise<Capture> {
  if (file === undefined) return noCapture;
  const request = { file: resolve(file), marker: undefined, tapSeconds: undefined };
  return takeCapture(request, { view, proxies: target.proxies, sql, ownProbes: [] });
}

function text(nodes: number, offenders: readonly string[], capture: Capture): string {
  if (offenders.length > 0) return ['not proven:', ...offenders].join('\n  ');
  const links = nodes * (nodes - 1);
  return [
    `${links} of ${links} links encrypted, by the sockets of both machines and the logs of the servers, in ${LINK_READINGS} readings`,
    `${nodes} of ${nodes} servers have a certificate loaded`,
    ...capture.shown,
    ...capture.open.map((each) => `open: ${each}`),
  ].join('\n');
}
