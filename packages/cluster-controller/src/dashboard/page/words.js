/** @import { LinkState, NodeState } from '../../seeing/snapshot.ts' */

/** @type {Readonly<Record<LinkState, string>>} */
export const modeWords = {
  ENCRYPTED: 'encrypted',
  AUTHENTICATED: 'authenticated only, in clear',
  PLAIN: 'in clear',
  MISSING: 'no link',
};

/** @type {Readonly<Record<NodeState, string>>} */
export const stateWords = {
  active: 'active',
  stopped: 'stopped',
  inactive: 'inactive',
  starting: 'starting',
  silent: 'does not answer',
  down: 'down',
};

/**
 * What each rung is about: the parameter, where it is one.
 *
 * @type {Readonly<Record<string, string>>}
 */
export const rungWords = {
  allow: 'ssl_client_authentication',
  proxy: 'enable_server_ssl',
  invite: '_ob_ssl_invited_nodes',
  roll: 'node by node, the leader last',
  require: 'clear text is refused',
};

/** @param {number} value */
export function countText(value) {
  return value >= 10_000 ? `${(value / 1000).toFixed(1)}k` : value >= 100 ? value.toFixed(0) : trimmed(value);
}

/** @param {number} bytes */
export function bytesText(bytes) {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

/** @param {number} ms */
export function durationText(ms) {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}

/** @param {number} at  milliseconds since 1970 */
export function clockText(at) {
  return new Date(at).toTimeString().slice(0, 8);
}

/** @param {number} value */
function trimmed(value) {
  return value.toFixed(1).replace(/\.0$/, '');
}
