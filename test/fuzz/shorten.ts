import { saveInput } from './corpus.ts';
import { Finding, type Target } from './target.ts';

/** A smaller input that breaks the same promise: pieces are left out as long as it still does. */
export async function shorten(
  target: Target,
  input: Uint8Array,
  folder: string,
): Promise<{ readonly bytes: Uint8Array; readonly path: string }> {
  const wanted = await breach(target, input);
  let bytes = input;
  for (let size = bytes.length >> 1; wanted !== undefined && size >= 1; size >>= 1) {
    for (let at = 0; at + size <= bytes.length; ) {
      const shorter = Uint8Array.from(Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + size)]));
      if ((await breach(target, shorter)) === wanted) bytes = shorter;
      else at += size;
    }
  }
  return { bytes, path: saveInput(folder, bytes) };
}

async function breach(target: Target, input: Uint8Array): Promise<string | undefined> {
  try {
    await target.run(input);
    return undefined;
  } catch (error) {
    return error instanceof Finding ? error.message.replace(/\d+/g, '#') : String(error).slice(0, 40);
  }
}
