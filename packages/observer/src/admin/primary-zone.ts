import { ObError } from '@sealane/errors';

/**
 * Reads PRIMARY_ZONE: `z1;z2,z3` prefers z1, then z2 and z3 alike; RANDOM and DEFAULT prefer none.
 *
 * @returns the zones of each rank, best first
 * @throws ObError OB_ZONE_INFO_NOT_EXIST
 */
export function parsePrimaryZone(text: string, zones: readonly string[]): readonly (readonly string[])[] {
  if (/^(random|default|)$/i.test(text.trim())) return [];
  const ranks = text.split(';').map((rank) => rank.split(',').map((zone) => zone.trim()));
  const unknown = ranks.flat().find((zone) => !zones.includes(zone));
  if (unknown !== undefined) throw new ObError('OB_ZONE_INFO_NOT_EXIST', [unknown]);
  return ranks;
}

/**
 * The members of a new log stream in the order in which they are to lead it: those of the primary zone first. Within a rank
 * they are turned by `turn`, so that the leaders of many tenants are spread over the servers.
 */
export function orderedMembers(
  servers: readonly { readonly server: string; readonly zone: string }[],
  ranks: readonly (readonly string[])[],
  turn: number,
): readonly string[] {
  const rankOf = (zone: string): number => {
    const rank = ranks.findIndex((each) => each.includes(zone));
    return rank < 0 ? ranks.length : rank;
  };
  const byRank = Map.groupBy(servers, ({ zone }) => rankOf(zone));
  return [...byRank.keys()]
    .toSorted((left, right) => left - right)
    .flatMap((rank) => turned(byRank.get(rank) ?? [], turn))
    .map(({ server }) => server);
}

function turned<T>(items: readonly T[], turn: number): readonly T[] {
  const first = turn % items.length;
  return [...items.slice(first), ...items.slice(0, first)];
}
