import type { Papers, ProbeAddress } from './dialer.ts';
import type { Expectation } from './probe.ts';
import type { ProbePapers } from './probe-papers.ts';
import { type Attempt, authenticateOnly, certificate, oldTls, plainFrame } from './rpc-probes.ts';
import type { PortSettings } from './settings.ts';
import { certificateLogin, type Login, oldTlsRequest, plainStranger } from './sql-probes.ts';

/** One attempt that is to be made. */
export interface Try {
  readonly probe: string;
  readonly title: string;
  readonly expected: Expectation;
  /** A sentence: why it isn't made. */
  readonly make: (() => Promise<Attempt>) | string;
}

/** What is tried at a node's RPC port. */
export function rpcTries(address: ProbeAddress, settings: PortSettings, papers: ProbePapers): readonly Try[] {
  const { tls, certificates: expected } = settings;
  const show = (shown: Papers | string | undefined, what: string) =>
    withPapers(settings, shown, () => certificate(address, shown as Papers | undefined, what));
  return [
    {
      probe: 'plain',
      title: 'OB-RPC frame in clear',
      expected: settings.rpcPlain,
      make: () => plainFrame(address),
    },
    {
      probe: 'authenticate-only',
      title: 'authenticated, then in clear (SSL_NO_ENCRYPT)',
      expected: settings.rpcAuthenticateOnly,
      make: () => authenticateOnly(address),
    },
    ...settings.forbiddenVersions.rpc.map(
      (version): Try => ({
        probe: version.toLowerCase().replace(' ', '-'),
        title: version,
        expected: { outcome: tls ? 'REFUSED' : 'UNKNOWN', because: settings.versionsBecause.rpc },
        make: tls ? () => oldTls(address, version) : expected.because,
      }),
    ),
    {
      probe: 'no-certificate',
      title: 'no certificate',
      expected: { ...expected, because: tls ? 'a server must show a certificate' : expected.because },
      make: show(undefined, 'no certificate'),
    },
    ...certificateTries(papers, expected, show),
  ];
}

/** What is tried where clients come in. */
export function sqlTries(
  address: ProbeAddress,
  settings: PortSettings,
  papers: ProbePapers,
  login: Login,
): readonly Try[] {
  const { tls, certificates: expected } = settings;
  const demands: readonly (readonly [string, Expectation])[] =
    settings.sqlPlain.size === 0 ? [['sys', UNSAID]] : [...settings.sqlPlain];
  const show = (shown: Papers | string | undefined, what: string) =>
    withPapers(settings, shown, () => certificateLogin(address, login, shown as Papers | undefined, what));
  return [
    ...demands.map(([tenant, demand]) => strangerTry(address, tenant, demand)),
    ...settings.forbiddenVersions.sql.map(
      (version): Try => ({
        probe: version.toLowerCase().replace(' ', '-'),
        title: version,
        expected: { outcome: tls ? 'REFUSED' : 'UNKNOWN', because: settings.versionsBecause.sql },
        make: tls ? () => oldTlsRequest(address, version) : expected.because,
      }),
    ),
    ...certificateTries(papers, expected, show),
  ];
}

const UNSAID: Expectation = {
  outcome: 'UNKNOWN',
  because: 'there is no require_secure_transport to be read',
};

function strangerTry(address: ProbeAddress, tenant: string, expected: Expectation): Try {
  return {
    probe: `plain@${tenant}`,
    title: `login in clear, tenant ${tenant}`,
    expected,
    make: () => plainStranger(address, tenant),
  };
}

function certificateTries(
  papers: ProbePapers,
  expected: Expectation,
  show: (shown: Papers | string, what: string) => Try['make'],
): readonly Try[] {
  const kinds = [
    ['wrong-ca', 'certificate of a CA that nobody trusts', papers.wrongCa, 'a certificate of another CA'],
    ['expired', 'expired certificate', papers.expired, 'an expired certificate of the right CA'],
    ['revoked', 'revoked certificate', papers.revoked, "a certificate that is on the CA's revocation list"],
  ] as const;
  return kinds.map(([probe, title, shown, what]) => ({ probe, title, expected, make: show(shown, what) }));
}

function withPapers(
  { tls, certificates }: PortSettings,
  papers: Papers | string | undefined,
  make: () => Promise<Attempt>,
): Try['make'] {
  if (!tls) return certificates.because;
  return typeof papers === 'string' ? papers : make;
}
