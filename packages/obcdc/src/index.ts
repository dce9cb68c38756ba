export { type ConfigName, type ObcdcConfig, parseConfig, settings } from './config.ts';
export { Obcdc, type ObcdcOptions } from './obcdc.ts';
export { PositionFile } from './position.ts';
export type {
  BoundaryRecord,
  CdcColumn,
  CdcRecord,
  CdcTable,
  ChangeRecord,
  DdlRecord,
  HeartbeatRecord,
  Position,
  RowRecord,
} from './record.ts';
