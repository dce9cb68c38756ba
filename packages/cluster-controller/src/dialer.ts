/** A row of texts, in the order of the columns; NULL as null. */
export type SqlRow = readonly (string | null)[];

/** What the controller needs of a MySQL connection. */
export interface SqlConnection {
  /** False once the connection broke: open another one. */
  readonly usable: boolean;
  /** Undefined when the connection is in clear. */
  readonly encryption: { readonly protocol: string; readonly cipher: string } | undefined;
  /** @throws ObError what the server answered, or that the connection broke */
  query(text: string): Promise<readonly SqlRow[]>;
  close(): void;
}

export interface DialOptions {
  readonly host: string;
  readonly port: number;
  /** With the tenant: `root@sys`. */
  readonly user: string;
  readonly password: string;
  /** PEM. The server's certificate must come from it when the server offers TLS. */
  readonly ca: string | undefined;
}

export declare function dial(options: DialOptions): Promise<SqlConnection>;
