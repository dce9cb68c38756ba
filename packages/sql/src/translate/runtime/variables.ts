import type { SqliteFunction } from '../../functions/definition.ts';
import { currentExecution } from '../../functions/execution-scope.ts';

/** User variables that a statement both assigns and reads, row by row. */
export const variableFunctions: readonly SqliteFunction[] = [
  {
    name: 'sx_getvar',
    deterministic: false,
    call: (name) => currentExecution()?.session.userVariables[String(name)] ?? null,
  },
  {
    name: 'sx_setvar',
    deterministic: false,
    call: (name, value = null) => {
      const execution = currentExecution();
      if (execution !== undefined) execution.session.userVariables[String(name)] = value;
      return value;
    },
  },
];
