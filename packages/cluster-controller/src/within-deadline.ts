import { ObError } from '@sealane/errors';

/** A node or a proxy that takes longer than this to say how it is counts as not answering. */
const READING_TIMEOUT_MS = 5_000;

/** @throws ObError OB_TIMEOUT when whoever is named takes too long */
export async function withinDeadline<Value>(promise: Promise<Value>, who: string): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const message = `${who} did not say how it is within ${READING_TIMEOUT_MS / 1000} s`;
    timer = setTimeout(() => reject(new ObError('OB_TIMEOUT', [], { message })), READING_TIMEOUT_MS);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
