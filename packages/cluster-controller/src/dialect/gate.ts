import { ObError } from '@sealane/errors';
import type { SqlConnection } from '../dialer.ts';
import { type Statement, statements } from './statements.ts';

/** Whose SQL is spoken: that of Sealane's servers, or only what OceanBase documents. */
export const DIALECTS = ['sealane', 'oceanbase'] as const;
export type Dialect = (typeof DIALECTS)[number];

const matchers = statements.map((statement) => ({ statement, pattern: patternOf(statement.shape) }));

/** The entry of the list that a statement belongs to; undefined when it is on none. */
export function statementOf(text: string): Statement | undefined {
  const shaped = shapeOf(text);
  return matchers.find(({ pattern }) => pattern.test(shaped))?.statement;
}

/** One line, literals replaced: what the list has. */
export function shapeOf(text: string): string {
  return text
    .replaceAll(/'(?:[^'\\]|''|\\.)*'/g, '?')
    .replaceAll(/\b\d+(?:\.\d+)?\b/g, '?')
    .replaceAll(/\(\?(?:\s*,\s*\?)+\)/g, '(?)')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

/**
 * A connection over which only documented statements go.
 *
 * @param sent  told each shape that goes over it
 */
export function gated(connection: SqlConnection, sent: (shape: string) => void): SqlConnection {
  return {
    get usable() {
      return connection.usable;
    },
    encryption: connection.encryption,
    query: async (text) => {
      const statement = statementOf(text);
      if (statement?.documented === undefined) throw refused(text, statement);
      sent(statement.shape);
      return connection.query(text);
    },
    close: () => connection.close(),
  };
}

function refused(text: string, statement: Statement | undefined): ObError {
  const why =
    statement?.without === undefined
      ? 'it is not on the list of documented statements'
      : `OceanBase doesn't know it; instead: ${statement.without}`;
  const message = `--dialect oceanbase doesn't send ${shapeOf(text).slice(0, 120)}: ${why}`;
  return new ObError('OB_NOT_SUPPORTED', [], { message });
}

function patternOf(shape: string): RegExp {
  const escaped = shape
    .replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll('NAME = NAME', '[A-Za-z_][\\w.]* = \\S+')
    .replaceAll(/\bNAME\b(?! IN|, )/g, '[\\w.`"]+')
    .replaceAll('…', '.*');
  return new RegExp(`^${escaped}$`, 's');
}
