import { setProxySql } from '../goal.ts';
import type { SetProxy } from '../step.ts';
import type { StepContext } from './carry-out.ts';

/** Sets a parameter of a proxy through its own administrator. */
export async function setProxy(context: StepContext, { proxy, name, value }: SetProxy): Promise<void> {
  await context.sql.query(proxy, setProxySql(name, value));
}
