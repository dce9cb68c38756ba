import type { ProcessState } from './cluster-view.ts';
import type { Paint } from './describe.ts';
import type { TargetProxy } from './targets/target.ts';

/** A proxy and how its process is. */
export interface ProxyStatus {
  readonly proxy: TargetProxy;
  readonly process: ProcessState;
}

export function proxyJson({ proxy, process }: ProxyStatus) {
  return {
    name: proxy.name,
    host: proxy.reach.host,
    sql_port: proxy.reach.port,
    pid: process.pid ?? null,
    running: process.running,
  };
}

export function proxyText({ proxy, process }: ProxyStatus, paint: Paint): string {
  const { host, port } = proxy.reach;
  const mark = process.running ? paint.good('●') : paint.bad('○');
  const state = process.pid === undefined ? '' : `  pid ${process.pid}`;
  return `${mark} ${proxy.name}  sql ${host}:${port}${state}${process.running ? '' : '  not running'}`;
}
