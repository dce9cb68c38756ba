/** Bytes of committed entries that may be on their way to the SQL thread, or wait there. */
export const entryWindowSize = 8 * 1024 * 1024;
/** What an entry costs besides its payload. */
export const entryOverheadSize = 64;
