export { ObProxy, type ProxyOptions } from './proxy.ts';
