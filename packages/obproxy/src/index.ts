export { ConfigFile } from './config/config-file.ts';
export { ProxyConfig } from './config/proxy-config.ts';
export { ObProxy, type ProxyOptions } from './proxy.ts';
