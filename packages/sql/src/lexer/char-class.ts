export const OTHER = 0;
/** Letters, `_`, `$` and everything beyond ASCII. */
export const NAME = 1;
export const DIGIT = 2;
export const SPACE = 3;

const classes = new Uint8Array(128);
for (let code = 0; code < 128; code++) classes[code] = classify(String.fromCharCode(code));

/** @param code a UTF-16 unit; NaN (past the end) is OTHER */
export function classOf(code: number): number {
  return code < 128 ? (classes[code] as number) : code >= 128 ? NAME : OTHER;
}

export function isNamePart(code: number): boolean {
  const kind = classOf(code);
  return kind === NAME || kind === DIGIT;
}

export function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

export function isHexDigit(code: number): boolean {
  return isDigit(code) || (code >= 65 && code <= 70) || (code >= 97 && code <= 102);
}

function classify(char: string): number {
  if (/[A-Za-z_$]/.test(char)) return NAME;
  if (/[0-9]/.test(char)) return DIGIT;
  return /[ \t\n\r\f\v]/.test(char) ? SPACE : OTHER;
}
