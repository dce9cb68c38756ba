import { type NodeView, ownRow } from '../cluster-view.ts';
import { type Finding, fault, good } from './finding.ts';

/** Whether a node is there, serves, and is not stopped. */
export function nodeFindings(node: NodeView): readonly Finding[] {
  const row = ownRow(node);
  if (row === undefined) {
    const what = `does not answer: ${node.unreachable ?? 'it is not in DBA_OB_SERVERS'}`;
    return [fault(node.name, what, nextFor(node))];
  }
  const what = `${node.server} ${row.zone} ${row.status}`;
  if (row.status !== 'ACTIVE')
    return [fault(node.name, what, `wait for its heartbeat, and see log/observer.log of ${node.name}`)];
  if (row.stopTime !== null) {
    const next = `ALTER SYSTEM START SERVER '${node.server}'`;
    return [fault(node.name, `${what}, stopped since ${row.stopTime}`, next)];
  }
  if (row.startServiceTime === null)
    return [fault(node.name, `${what}, does not serve yet`, 'wait until it has a START_SERVICE_TIME')];
  return [good(node.name, what)];
}

function nextFor(node: NodeView): string {
  if (!node.process.running) return 'cluster-controller up starts it; log/observer.log says why it ended';
  return `see log/observer.log of ${node.name}`;
}
