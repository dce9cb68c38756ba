/** The user field of a login, taken apart. */
export interface LoginName {
  readonly user: string;
  readonly tenant: string;
  /** Behind the first # of the tenant part, without a cluster id; undefined when there is none. */
  readonly cluster: string | undefined;
}

const defaultTenant = 'sys';

/**
 * `user`, `user@tenant`, `user@tenant#cluster[:cluster_id]`, `user#cluster`: split at the first @, then at the first #;
 * no tenant means sys. Quotes around a part are left out.
 *
 * @returns undefined for a tenant name that can't be one: with a $ in it
 */
export function parseLoginName(text: string): LoginName | undefined {
  const at = text.indexOf('@');
  const [left, right] = at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
  const [user, clusterOfUser] = at < 0 ? splitCluster(left) : [left, undefined];
  const [tenant, clusterOfTenant] = splitCluster(right);
  const name = unquoted(tenant);
  if (name.includes('$')) return undefined;
  const cluster = (clusterOfUser ?? clusterOfTenant)?.replace(/:\d+$/, '');
  return { user: unquoted(user), tenant: name === '' ? defaultTenant : name, cluster };
}

function splitCluster(text: string): [string, string | undefined] {
  const hash = text.indexOf('#');
  return hash < 0 ? [text, undefined] : [text.slice(0, hash), text.slice(hash + 1)];
}

function unquoted(text: string): string {
  return text.replace(/^(['"`])(.*)\1$/s, '$2');
}
