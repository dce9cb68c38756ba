import { daysUntil, type Expiry, horizonJson, horizonText, WARN_BEFORE_DAYS } from '../certs/horizon.ts';
import { readHorizon, walletsOf } from '../certs/read-horizon.ts';
import type { Paint } from '../describe.ts';
import { proxyJson, proxyText } from '../proxy-report.ts';
import { statusJson, statusText } from '../report.ts';
import { openCluster, paintFor, printJson, proxiesOf, type Surroundings } from './surroundings.ts';

export async function status(around: Surroundings): Promise<number> {
  const { target, sql, observe } = await openCluster(around);
  try {
    const [view, fronts] = await Promise.all([observe(), proxiesOf(target)]);
    const horizon = readHorizon(view, await walletsOf(target));
    const now = new Date();
    if (around.options.json === true) {
      printJson(around, {
        ...statusJson(target, view),
        proxies: fronts.map(proxyJson),
        horizon: horizonJson(horizon, now),
      });
    } else {
      const paint = paintFor(around);
      const lines = [
        ...fronts.map((front) => proxyText(front, paint)),
        statusText(view, paint),
        ...horizonLines(horizon, now, paint),
      ];
      around.output.write(`${lines.join('\n')}\n`);
    }
    return 0;
  } finally {
    sql.close();
  }
}

/** What ends first, and a warning for each that ends soon. */
function horizonLines(horizon: readonly Expiry[], now: Date, paint: Paint): readonly string[] {
  const soon = horizon.filter(({ at }) => daysUntil(at, now) < WARN_BEFORE_DAYS);
  const warnings = soon.map((expiry) => paint.bad(`  ! ${horizonText([expiry], now)}`));
  return [`  horizon: ${horizonText(horizon, now)}`, ...warnings];
}
