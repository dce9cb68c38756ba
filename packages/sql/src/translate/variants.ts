import type { Statement } from '../ast.ts';
import type { ExecutionContext, PlanEnvironment } from '../plan.ts';
import type { SqlType } from '../sql-type.ts';
import type { CellValue } from '../values.ts';
import { typeOfValue } from './operators/variables.ts';
import { Translation } from './statement.ts';
import { assignedVariables } from './walk.ts';

/** Most translations of one statement that are kept, one for each combination of parameter types. */
const variantsMax = 16;

/**
 * A statement's types depend on those of its `?` and user variables, which are known only when it runs.
 * It is translated once for each combination that comes, so that types stay static.
 */
export class Variants<Translated> {
  readonly #statement: Statement;
  readonly #text: string;
  readonly #environment: PlanEnvironment;
  readonly #translate: (translation: Translation) => Translated;
  readonly #known = new Map<string, Translated>();
  readonly #assigned: ReadonlySet<string>;
  readonly #variables: readonly string[];

  constructor(options: {
    statement: Statement;
    text: string;
    environment: PlanEnvironment;
    translate: (translation: Translation) => Translated;
  }) {
    this.#statement = options.statement;
    this.#text = options.text;
    this.#environment = options.environment;
    this.#translate = options.translate;
    const mayUse = this.#text.includes('@');
    this.#assigned = mayUse ? assignedVariables(this.#statement) : noNames;
    this.#variables = mayUse ? variableNames(this.#text) : [];
  }

  /** For planning, when no value is known: parameters are taken as texts, variables as they stand now. */
  first(parameterCount: number): Translated {
    const types = Array.from({ length: parameterCount }, (): SqlType => typeOfValue(' '.repeat(20)));
    if (parameterCount > 0 || this.#variables.length > 0)
      return this.#make(types, this.#environment.session.userVariables);
    return this.#keep('', types, {});
  }

  of(context: ExecutionContext): Translated {
    const { parameters } = context;
    const { userVariables } = context.session;
    let key = '';
    for (const value of parameters) key += letterOf(value);
    for (const name of this.#variables) key += letterOf(userVariables[name] ?? null);
    return this.#known.get(key) ?? this.#keep(key, parameters.map(typeOfValue), userVariables);
  }

  #keep(
    key: string,
    types: readonly SqlType[],
    userVariables: Readonly<Record<string, CellValue>>,
  ): Translated {
    const made = this.#make(types, userVariables);
    if (this.#known.size >= variantsMax) this.#known.clear();
    this.#known.set(key, made);
    return made;
  }

  #make(parameterTypes: readonly SqlType[], userVariables: Readonly<Record<string, CellValue>>): Translated {
    return this.#translate(
      new Translation({
        environment: this.#environment,
        text: this.#text,
        parameterTypes,
        variableType: (name) => typeOfValue(userVariables[name] ?? null),
        assignedVariables: this.#assigned,
      }),
    );
  }
}

const noNames: ReadonlySet<string> = new Set();

/** User variables that the text may name; one that only stands in a string does no harm. */
function variableNames(text: string): string[] {
  const names = new Set<string>();
  for (const match of text.matchAll(/@(?:`([^`]+)`|'([^']+)'|"([^"]+)"|([\w.$]+))/g)) {
    names.add((match[1] ?? match[2] ?? match[3] ?? match[4] ?? '').toLowerCase());
  }
  return [...names];
}

function letterOf(value: CellValue): string {
  switch (typeof value) {
    case 'bigint':
      return value >= 1n << 63n ? 'u' : 'i';
    case 'number':
      return 'd';
    case 'string':
      return 's';
    default:
      return value === null ? 'n' : 'b';
  }
}
