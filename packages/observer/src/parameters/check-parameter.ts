import { ObError } from '@sealane/errors';
import { normaliseParameter, type ParameterDefinition, parameterDefinition } from './parameter-table.ts';

/**
 * What everybody checks who sets a parameter of a server that runs.
 *
 * @param text  undefined for the default
 * @returns the value in the form it is stored and shown
 * @throws ObError OB_ERR_SYS_CONFIG_UNKNOWN, OB_INVALID_CONFIG
 */
export function checkParameter(
  name: string,
  text: string | undefined,
): { readonly definition: ParameterDefinition; readonly value: string } {
  const definition = parameterDefinition(name);
  if (definition === undefined)
    throw new ObError('OB_ERR_SYS_CONFIG_UNKNOWN', [], { details: { parameter: name } });
  if (definition.editLevel === 'READONLY') throw invalid(definition, 'it can only be given at start');
  const value = text === undefined ? definition.default : normaliseParameter(definition, text);
  if (value === undefined) throw invalid(definition, 'not a legal value');
  return { definition, value };
}

function invalid(definition: ParameterDefinition, why: string): ObError {
  return new ObError('OB_INVALID_CONFIG', [], {
    message: 'Invalid config',
    details: { parameter: definition.name, why },
  });
}
