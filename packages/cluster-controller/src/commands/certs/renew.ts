import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ObError } from '@sealane/errors';
import { writeWallet } from '@sealane/transport-security';
import { certificatesIn, reportOf } from '../../certs/certificate-report.ts';
import { presentSide, renewedSide } from '../../certs/prepare.ts';
import { membersOf } from '../../targets/target.ts';
import { openTarget, printJson, type Surroundings } from '../surroundings.ts';
import { certificatesUnder } from './open.ts';
import type { RotateOptions } from './rotate.ts';

export interface RenewOptions
  extends Pick<RotateOptions, 'authority' | 'days' | 'key' | 'keepKeys' | 'crlUrl'> {
  readonly out?: string;
  readonly overwrite?: true;
}

/** New certificates for the nodes, from the CA that they have, written beside: nothing in use is touched. */
export async function renewCerts(around: Surroundings, options: RenewOptions): Promise<number> {
  const target = await openTarget(around);
  const certificates = certificatesUnder(around);
  const out = resolve(options.out ?? join(certificates, 'renewed'));
  if (existsSync(out) && options.overwrite !== true) {
    const message = `${out} is there already; give another --out, or --overwrite`;
    throw new ObError('OB_OP_NOT_ALLOW', [], { message });
  }
  const present = await presentSide(target, certificates);
  const renewed = await renewedSide(target, present, {
    authorityDirectory: resolve(options.authority ?? certificates),
    from: undefined,
    days: options.days,
    keyType: options.key,
    keepKeys: options.keepKeys === true,
    crlUrl: options.crlUrl,
  });
  const made = membersOf(target).flatMap(({ name, member }) => {
    const issued = renewed.leaves.get(member);
    const [certificate] = certificatesIn(issued?.certificate);
    if (issued === undefined || certificate === undefined) return [];
    const wallet = join(out, name, 'wallet');
    writeWallet(wallet, renewed.ca, { role: 'server', issued });
    return [{ name, server: member, wallet, certificate: reportOf(certificate) }];
  });
  if (around.options.json === true) printJson(around, { out, nodes: made });
  else {
    const lines = made.map(
      ({ name, certificate }) =>
        `${name}  ${certificate.subject}  until ${certificate.not_after}  ${certificate.sha256}`,
    );
    around.output.write(`${[...lines, `next: cluster-controller certs rotate --from ${out}`].join('\n')}\n`);
  }
  return 0;
}
