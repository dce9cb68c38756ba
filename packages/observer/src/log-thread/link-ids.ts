/** Both threads have links; a number belongs to one of them only. */
export function allocateLinkIds(): SharedArrayBuffer {
  return new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
}

export function nextLinkId(memory: SharedArrayBuffer): () => number {
  const last = new Int32Array(memory);
  return () => Atomics.add(last, 0, 1) + 1;
}
