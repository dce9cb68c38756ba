export {
  type ClusterView,
  type Link,
  type LinkMode,
  linksOf,
  missingPairs,
  plainPairs,
  type Server,
} from './cluster-view.ts';
export { type Goal, ladderOf, type Rung } from './goal.ts';
export { Journal, type JournalLine } from './journal.ts';
export { decide } from './plan.ts';
export type { Decision, RollState, Step } from './step.ts';
export type { Target, TargetNode } from './targets/target.ts';
