import { statusJson, statusText } from '../report.ts';
import { openCluster, paintFor, printJson, type Surroundings } from './surroundings.ts';

export async function status(around: Surroundings): Promise<number> {
  const { target, sql, observe } = await openCluster(around);
  try {
    const view = await observe();
    if (around.options.json === true) printJson(around, statusJson(target, view));
    else around.output.write(`${statusText(view, paintFor(around))}\n`);
    return 0;
  } finally {
    sql.close();
  }
}
