import type { TranslateExpression, TranslateSubquery } from './scope.ts';

/** The translators that files below reach one another through, handed down so that imports go one way. */
export interface SelectSources {
  readonly expression: TranslateExpression;
  readonly query: TranslateSubquery;
}
