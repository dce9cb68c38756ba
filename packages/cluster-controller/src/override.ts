import { ObError } from '@sealane/errors';
import type { Override } from './journal.ts';
import { type Finding, watched } from './preflight/finding.ts';
import type { Target } from './targets/target.ts';

/** `--override NODE=reason`, as it was given. */
export interface OverrideRequest {
  /** A node's name, or its `ip:rpc_port`. */
  readonly node: string;
  readonly reason: string;
}

/** @throws ObError OB_INVALID_ARGUMENT when there is no such node */
export function overrideOf({ nodes }: Pick<Target, 'nodes'>, { node, reason }: OverrideRequest): Override {
  const found = nodes.find(({ name, server }) => name === node || server === node);
  if (found !== undefined) return { server: found.server, reason };
  const known = nodes.map(({ name, server }) => `${name} (${server})`).join(', ');
  const message = `--override names no node of this cluster: ${node}; it has ${known}`;
  throw new ObError('OB_INVALID_ARGUMENT', ['--override'], { message });
}

/** What the named node itself lacks keeps nobody from restarting it; what anybody else lacks does, and so does every majority. */
export function waive(
  findings: readonly Finding[],
  { nodes }: Pick<Target, 'nodes'>,
  override: Override | undefined,
): readonly Finding[] {
  const name = nodes.find(({ server }) => server === override?.server)?.name;
  if (name === undefined || override === undefined) return findings;
  return findings.map((finding) => {
    const { where, what, fits, next = '' } = finding;
    if (fits || !where.split(' → ').includes(name)) return finding;
    return watched(where, `${what}; waived by --override: ${override.reason}`, next);
  });
}
