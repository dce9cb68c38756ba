import type { ClusterView } from '../cluster-view.ts';
import type { SqlAccess } from '../sql-access.ts';
import type { Step } from '../step.ts';
import type { Target } from '../targets/target.ts';
import { minorFreeze } from './minor-freeze.ts';
import { renewLinks } from './renew-links.ts';
import { requireTls } from './require-tls.ts';
import { setParameter } from './set-parameter.ts';
import { setProxy } from './set-proxy.ts';
import { startProcess } from './start-process.ts';
import { startServer } from './start-server.ts';
import { stopProcess } from './stop-process.ts';
import { stopServer } from './stop-server.ts';
import { switchLeader } from './switch-leader.ts';

export interface StepContext {
  readonly target: Target;
  readonly sql: SqlAccess;
}

/** Does one step and waits for its own end; whether it had its effect is read back by the next look. */
export async function carryOut(context: StepContext, step: Step, view: ClusterView): Promise<void> {
  switch (step.kind) {
    case 'set-parameter':
      return setParameter(context, step, view);
    case 'set-proxy':
      return setProxy(context, step);
    case 'require-tls':
      return requireTls(context, step, view);
    case 'switch-leader':
      return switchLeader(context, step);
    case 'stop-server':
      return stopServer(context, step.server, view);
    case 'minor-freeze':
      return minorFreeze(context, step.server);
    case 'stop-process':
      return stopProcess(context, step.server, view);
    case 'start-process':
      return startProcess(context, step.server);
    case 'renew-links':
      return renewLinks(context, step.server);
    case 'start-server':
      return startServer(context, step.server, view);
    case 'begin-roll':
    case 'begin-node':
    case 'release-node':
    case 'end-node':
    case 'end-soak':
    case 'end-roll':
      return; // Marks in the journal: writing them is the step.
  }
}
