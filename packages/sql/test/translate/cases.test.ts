import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { answer, readCases } from './case-file.ts';
import { Tenant } from './tenant.ts';

const folder = join(import.meta.dirname, 'cases');

/** SEALANE_REWRITE_CASES=1 writes what was answered into the files, to be read before it is committed. */
const isRewriting = process.env['SEALANE_REWRITE_CASES'] === '1';

for (const file of readdirSync(folder).sort()) {
  t.test(`statements of ${file} answer as MySQL does`, (t) => {
    const tenant = new Tenant();
    const cases = readCases(readFileSync(join(folder, file), 'utf8'));
    const blocks: string[] = [];

    for (const { line, statement, expected } of cases) {
      const answered = answer(tenant, statement);
      blocks.push(`${statement}\n----\n${answered}`.trimEnd());
      if (!isRewriting) t.equal(answered, expected, `line ${line}: ${statement}`);
    }

    t.not(cases.length, 0);
    if (isRewriting) writeFileSync(join(folder, file), `${blocks.join('\n\n')}\n`);
    t.end();
  });
}
