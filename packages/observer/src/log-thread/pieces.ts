/** The same pieces, each as something else. Giving up reaches the source at once, also while a piece is waited for. */
export function mapPieces<From, To>(
  source: AsyncIterableIterator<From>,
  change: (piece: From) => To,
  ended: () => void = () => undefined,
): AsyncIterableIterator<To> {
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      try {
        const piece = await source.next();
        if (piece.done !== true) return { done: false, value: change(piece.value) };
      } catch (error) {
        ended();
        throw error;
      }
      ended();
      return { done: true, value: undefined };
    },
    async return() {
      ended();
      await source.return?.();
      return { done: true, value: undefined };
    },
  };
}
