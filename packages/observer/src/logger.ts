/** What everybody but main.ts knows of the log: an object of facts, then a sentence. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** The log of a program, whose level follows a parameter. */
export interface LeveledLogger extends Logger {
  /** Takes a value of `syslog_level`. */
  setLevel(level: string): void;
}
