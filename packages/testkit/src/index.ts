export { Browser, canBrowse, type Page, type PageOptions, type PageTrouble } from './browser.ts';
export {
  type CommandResult,
  runController,
  runProgram,
  startCluster,
  type Teardown,
  type TestCluster,
  type TestLink,
  type TestNode,
  type TestStatus,
} from './cluster.ts';
export { freePorts } from './free-ports.ts';
export { Load, type LoadOptions, type LoadResult } from './load.ts';
export { payloadByDirection } from './packet-capture.ts';
export { type ParsedFamily, type ParsedSample, parseExposition, sampleOf } from './parse-exposition.ts';
export { startProxy, type TestProxy } from './proxy.ts';
export { type Relay, startRelay } from './relay.ts';
export { shiftedClock } from './shifted-clock.ts';
export { askNode, type ConnectOptions, connectTo, rowsOf } from './sql-client.ts';
export { canCapture, captureWire, type WireCapture } from './wire-capture.ts';
export { within } from './within.ts';
