export { contentType, exposition } from './exposition.ts';
export {
  counter,
  type Family,
  gauge,
  type HistogramSample,
  type Labels,
  type MaybeSample,
  type Sample,
} from './family.ts';
export { Histogram, latencyBounds } from './histogram.ts';
export { MetricsListener, type MetricsListenerOptions } from './listener.ts';
export { type LoopDelay, LoopDelayWatch } from './loop-delay.ts';
export { processFamilies } from './process-families.ts';
export { otherKey, Tally } from './tally.ts';
