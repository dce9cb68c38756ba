import { readFileSync } from 'node:fs';
import { isObError } from '@sealane/errors';
import t from 'tap';
import { parseScript } from '../../src/parser/script.ts';

/** One statement a line. */
function readLines(file: string): string[] {
  const text = readFileSync(new URL(file, import.meta.url), 'utf8');
  return text.split('\n').filter((line) => line !== '');
}

function failure(text: string): unknown {
  try {
    for (const { statement } of parseScript(text))
      if (statement.end < statement.start) throw new Error('turned span');
    return undefined;
  } catch (error) {
    return error;
  }
}

const accepted = ['rows', 'others', 'mysql', 'oceanbase'].flatMap((name) =>
  readLines(`accepted-${name}.sql`),
);
const refused = [...readLines('refused.sql'), ...readLines('refused-clauses.sql')];

t.test('every statement of the sample is accepted', async (t) => {
  for (const line of accepted) t.equal(failure(line), undefined, line);
});

t.test('every wrong statement is a syntax error', async (t) => {
  for (const line of refused) t.ok(isObError(failure(line), 'OB_ERR_PARSER_SYNTAX'), line);
});

t.test('no prefix of a statement makes the parser stumble', async (t) => {
  for (const line of accepted) {
    for (let length = 1; length < line.length; length++) {
      const error = failure(line.slice(0, length));
      if (error !== undefined && !isObError(error)) t.fail(line.slice(0, length), { error });
    }
  }
  t.pass('only ObErrors were seen');
});

// PARSER_CORPUS=file,file,…: JSON arrays of statements that nobody here wrote; PARSER_CORPUS_MIN the percentage to reach.
for (const file of process.env['PARSER_CORPUS']?.split(',') ?? []) {
  t.test(`nearly all of ${file} is accepted`, async (t) => {
    const statements = JSON.parse(readFileSync(file, 'utf8')) as string[];
    const count = statements.filter((text) => failure(text) === undefined).length;
    const percentage = (100 * count) / statements.length;
    t.comment(`${count} of ${statements.length}: ${percentage.toFixed(2)} %`);
    t.ok(percentage >= Number(process.env['PARSER_CORPUS_MIN'] ?? 95));
  });
}
