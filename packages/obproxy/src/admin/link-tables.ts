import { type LinkLedger, linkColumns, linkSummaryColumns } from '@sealane/transport-security';
import { type AdminTable, columnsOf } from './admin-table.ts';

/**
 * The proxy's own links, in the views and columns of the observers': KIND is PROXY, DIRECTION IN is a client, OUT a server.
 *
 * @param self  where the proxy listens
 */
export function linkTables(
  ledger: LinkLedger,
  self: () => { readonly ip: string; readonly port: number },
): readonly AdminTable[] {
  const pair = (
    name: string,
    columns: string,
    rows: () => readonly (readonly (string | number | null)[])[],
  ): readonly AdminTable[] =>
    ['G', ''].map((prefix) => {
      const view = `${prefix}V$${name}`;
      return {
        database: 'oceanbase',
        name: view,
        columns: columnsOf(columns, view, 'oceanbase'),
        rows: () => {
          const { ip, port } = self();
          return rows().map((row) => [ip, port, ...row]);
        },
      };
    });
  return [
    ...pair('OB_LINKS', linkColumns, () => ledger.rows()),
    ...pair('OB_LINK_SUMMARY', linkSummaryColumns, () => ledger.summaryRows()),
  ];
}
