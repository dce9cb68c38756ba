export declare function makeCertificates(options: {
  directory: string;
  nodes: { name: string; ip: string; wallet: string }[];
}): Promise<void>;
