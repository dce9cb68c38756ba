import { ObError } from '@sealane/errors';
import type { DropObjectStatement } from '../ast.ts';
import type { ExecutionContext } from '../plan.ts';
import { type Compiled, done } from './compiled.ts';
import { placeOf } from './names.ts';

/**
 * DROP TRIGGER, PROCEDURE, FUNCTION and EVENT: there are none, so that each name is unknown. Dump files have
 * these statements with IF EXISTS. @throws 1305, 1360, 1539
 */
export function dropObject(statement: DropObjectStatement, context: ExecutionContext): Compiled {
  const error = missing(statement, context);
  if (!statement.ifExists) throw error;
  context.warn('Note', error.errno, error.message);
  return done([]);
}

function missing({ type, name }: DropObjectStatement, context: ExecutionContext): ObError {
  const place = placeOf(name, context);
  switch (type) {
    case 'TRIGGER':
      return new ObError('ER_TRG_DOES_NOT_EXIST');
    case 'EVENT':
      return new ObError('ER_EVENT_DOES_NOT_EXIST', [name.name]);
    default:
      return new ObError('OB_ERR_SP_DOES_NOT_EXIST', [type, `${place.database}.${name.name}`]);
  }
}
