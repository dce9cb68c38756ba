/** The parts of sql_mode that change how text is read. */
export interface LexicalMode {
  /** "a" is a name, not a string. */
  readonly ansiQuotes: boolean;
  readonly noBackslashEscapes: boolean;
  /** `||` joins strings. */
  readonly pipesAsConcat: boolean;
  /** NOT binds as closely as `!`. */
  readonly highNotPrecedence: boolean;
}

const seen = new Map<string, LexicalMode>();
const SEEN_MAX = 64;

/** @param sqlMode the value of the variable, such as `STRICT_TRANS_TABLES,ANSI_QUOTES` */
export function lexicalMode(sqlMode: string): LexicalMode {
  let mode = seen.get(sqlMode);
  if (mode === undefined) {
    mode = readMode(sqlMode);
    if (seen.size >= SEEN_MAX) seen.clear();
    seen.set(sqlMode, mode);
  }
  return mode;
}

function readMode(sqlMode: string): LexicalMode {
  const words = new Set(sqlMode.toUpperCase().split(/[\s,]+/));
  const ansi = words.has('ANSI');
  return {
    ansiQuotes: ansi || words.has('ANSI_QUOTES'),
    noBackslashEscapes: words.has('NO_BACKSLASH_ESCAPES'),
    pipesAsConcat: ansi || words.has('PIPES_AS_CONCAT'),
    highNotPrecedence: words.has('HIGH_NOT_PRECEDENCE'),
  };
}
