import type { CellValue, VirtualRows, VirtualTableDefinition } from '@sealane/sql';
import type { View } from './view.ts';

/** What a node knows of itself, whoever asks. */
export type OwnRows = () => VirtualRows | Promise<VirtualRows>;

/** Asks another node for its own rows of `V$<name>`. */
export type AskNode = (server: string, viewName: string) => Promise<VirtualRows>;

export interface GatherOptions {
  /** The other servers of the cluster, as ip:rpc_port. */
  others(): readonly string[];
  ask: AskNode;
  /** Told of each node that didn't answer; its rows are missing, as in the original. */
  unanswered(server: string, viewName: string, error: unknown): void;
}

/**
 * The pair of a node's own rows: `V$<name>` has this node's, `GV$<name>` every node's. Each row
 * begins with SVR_IP and SVR_PORT.
 */
export function nodeViews(
  name: string,
  columns: VirtualTableDefinition['columns'],
  ownRows: OwnRows,
  gather: GatherOptions,
): readonly View[] {
  const local = { database: 'oceanbase', name: `V$${name}`, columns };
  const global = { database: 'oceanbase', name: `GV$${name}`, columns };
  return [
    { definition: local, rows: ownRows },
    { definition: global, rows: () => everyNodesRows(local.name, ownRows, gather) },
  ];
}

async function everyNodesRows(
  viewName: string,
  ownRows: OwnRows,
  gather: GatherOptions,
): Promise<VirtualRows> {
  const answers = await Promise.all(
    gather.others().map(async (server): Promise<VirtualRows> => {
      try {
        return await gather.ask(server, viewName);
      } catch (error) {
        gather.unanswered(server, viewName, error);
        return [];
      }
    }),
  );
  return [await ownRows(), ...answers].flat().toSorted(byServer);
}

function byServer(left: readonly CellValue[], right: readonly CellValue[]): number {
  return String(left[0]).localeCompare(String(right[0])) || Number(left[1] ?? 0) - Number(right[1] ?? 0);
}
