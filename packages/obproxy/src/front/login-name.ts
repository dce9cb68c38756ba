/** Who a client says it is, and where it wants to go. */
export interface LoginName {
  readonly user: string;
  readonly tenant: string;
  /** Undefined: whichever cluster the proxy serves. */
  readonly cluster: string | undefined;
}

const defaultTenant = 'sys';

/**
 * Reads `user@tenant#cluster[:cluster_id]`, split at the first @ and then at the first #; what is missing is `sys`, and the
 * proxy's own cluster. Without either sign `cluster:tenant:user` is read, where one of the separators occurs twice.
 *
 * @param separators  of `username_separator`
 */
export function parseProxyLogin(text: string, separators: readonly string[]): LoginName {
  if (!/[@#]/.test(text)) {
    const separator = separators.find((each) => text.split(each).length >= 3);
    if (separator !== undefined) {
      const [cluster = '', tenant = '', user = ''] = text.split(separator);
      return { user, tenant, cluster };
    }
  }
  const hash = text.indexOf('#');
  const name = hash < 0 ? text : text.slice(0, hash);
  const cluster = hash < 0 ? undefined : text.slice(hash + 1).replace(/:\d+$/, '');
  const at = name.indexOf('@');
  if (at < 0) return { user: name, tenant: defaultTenant, cluster };
  return { user: name.slice(0, at), tenant: name.slice(at + 1) || defaultTenant, cluster };
}
