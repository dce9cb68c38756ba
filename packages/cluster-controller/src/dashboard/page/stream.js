/** @import { HistoryPoint, Snapshot } from '../../seeing/snapshot.ts' */

/** A browser gives up on some errors; then it is asked again after this. */
const RETRY_MS = 2_000;
/** The controller tells something twice a second: silence means that it, or the way to it, is gone. */
const SILENT_AFTER_MS = 4_000;

/** @typedef {'connecting' | 'live' | 'lost' | 'full'} StreamState */

/**
 * Keeps a stream open for as long as the page is.
 *
 * @param {{
 *   history: (points: readonly HistoryPoint[]) => void;
 *   snapshot: (snapshot: Snapshot) => void;
 *   state: (state: StreamState) => void;
 * }} told
 */
export function openStream(told) {
  const source = new EventSource('/events');
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let silence;
  const heard = () => {
    clearTimeout(silence);
    silence = setTimeout(() => told.state('lost'), SILENT_AFTER_MS);
  };
  const again = (/** @type {StreamState} */ state) => {
    clearTimeout(silence);
    source.close();
    told.state(state);
    setTimeout(() => openStream(told), RETRY_MS);
  };
  source.addEventListener('history', (event) => told.history(JSON.parse(event.data)));
  source.addEventListener('snapshot', (event) => {
    heard();
    told.state('live');
    told.snapshot(JSON.parse(event.data));
  });
  source.addEventListener('full', () => again('full'));
  source.addEventListener('error', () => {
    if (source.readyState === EventSource.CLOSED) again('lost');
    else told.state('lost');
  });
}
