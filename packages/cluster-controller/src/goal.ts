import type { LinkMode, Server, WatchedParameter } from './cluster-view.ts';

/** What the controller is asked to reach. */
export type Goal =
  | { readonly kind: 'encrypt' }
  | { readonly kind: 'decrypt' }
  | { readonly kind: 'restart'; readonly servers: readonly Server[] };

/** One rung of the ladder towards a goal; plan.ts climbs the first that doesn't hold yet. */
export type Rung =
  | {
      readonly kind: 'parameter';
      readonly name: WatchedParameter;
      readonly value: string;
      readonly was: string;
    }
  | { readonly kind: 'roll'; readonly mode: LinkMode | undefined };

/**
 * The rungs in order. Encryption is allowed before it is wanted and wanted before it is rolled out; the way back
 * is the same ladder, downwards.
 */
export function ladderOf(goal: Goal): readonly Rung[] {
  switch (goal.kind) {
    case 'encrypt':
      return [
        { kind: 'parameter', name: 'ssl_client_authentication', value: 'True', was: 'False' },
        { kind: 'parameter', name: '_ob_ssl_invited_nodes', value: 'ALL', was: 'NONE' },
        { kind: 'roll', mode: 'ENCRYPTED' },
      ];
    case 'decrypt':
      return [
        { kind: 'parameter', name: '_ob_ssl_invited_nodes', value: 'NONE', was: 'ALL' },
        { kind: 'roll', mode: 'PLAIN' },
        { kind: 'parameter', name: 'ssl_client_authentication', value: 'False', was: 'True' },
      ];
    case 'restart':
      return [{ kind: 'roll', mode: undefined }];
  }
}

/** The statement that reaches a parameter rung. */
export function setParameterSql(name: WatchedParameter, value: string): string {
  return `ALTER SYSTEM SET ${name} = '${value}'`;
}

/** The same for the same goal: an unfinished roll is resumed by the goal that began it, and by no other. */
export function goalName(goal: Goal): string {
  switch (goal.kind) {
    case 'encrypt':
      return 'encryption enable';
    case 'decrypt':
      return 'encryption disable';
    case 'restart':
      return `restart ${goal.servers.toSorted().join(' ')}`;
  }
}
