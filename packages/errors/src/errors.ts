/**
 * What may be done after an error:
 * - `no`: the same statement fails again; tell the user
 * - `again`: the same call may be sent again, to the same place
 * - `elsewhere`: another node can answer; learn the leader first
 * - `if-not-sent`: only when no byte of the call has left this process
 * - `unknown`: the effect may or may not be there; look before doing it again
 */
export type RetryClass = 'no' | 'again' | 'elsewhere' | 'if-not-sent' | 'unknown';

export interface ErrorRow {
  /** OceanBase's code, negative. */
  readonly code: number;
  /** What a MySQL client sees: MySQL's number where there is one, otherwise the absolute code. */
  readonly errno: number;
  readonly sqlState: string;
  readonly retry: RetryClass;
  /** MySQL's or OceanBase's own wording; `%s` and `%d` are filled in order. */
  readonly message: string;
}

/** The one table of errors. Sources: OceanBase's error reference and MySQL's server error reference. */
export const errors = {
  OB_ERR_PARSER_SYNTAX: {
    code: -5001,
    errno: 1064,
    sqlState: '42000',
    retry: 'no',
    message:
      "You have an error in your SQL syntax; check the manual that corresponds to your OceanBase version for the right syntax to use near '%s' at line %d",
  },
  OB_NOT_SUPPORTED: { code: -4007, errno: 1235, sqlState: '0A000', retry: 'no', message: '%s not supported' },
  OB_ERR_UNEXPECTED: { code: -4016, errno: 4016, sqlState: 'HY000', retry: 'no', message: 'Internal error' },
  OB_NOT_MASTER: {
    code: -4038,
    errno: 4038,
    sqlState: 'HY000',
    retry: 'elsewhere',
    message: 'The observer or zone is not the master',
  },
  OB_TIMEOUT: { code: -4012, errno: 4012, sqlState: 'HY000', retry: 'unknown', message: 'Timeout' },
  OB_TRANS_UNKNOWN: {
    code: -6225,
    errno: 4012,
    sqlState: '25000',
    retry: 'unknown',
    message: 'Transaction result is unknown',
  },
  OB_TRANS_KILLED: {
    code: -6211,
    errno: 6002,
    sqlState: '25000',
    retry: 'no',
    message: 'Transaction is killed',
  },
  OB_RPC_SEND_ERROR: {
    code: -4121,
    errno: 4121,
    sqlState: '08000',
    retry: 'if-not-sent',
    message: 'RPC send error',
  },
  OB_RPC_POST_ERROR: {
    code: -4122,
    errno: 4122,
    sqlState: '08000',
    retry: 'elsewhere',
    message: 'RPC post error',
  },
  OB_INVALID_CONFIG: { code: -4147, errno: 4147, sqlState: 'HY000', retry: 'no', message: 'Invalid config' },
  OB_ERR_SYS_CONFIG_UNKNOWN: {
    code: -5099,
    errno: 5099,
    sqlState: '42000',
    retry: 'no',
    message: 'System config unknown',
  },
  OB_OP_NOT_ALLOW: { code: -4179, errno: 4179, sqlState: 'HY000', retry: 'no', message: '%s not allowed' },
  OB_ERR_WARN_DATA_OUT_OF_RANGE: {
    code: -5229,
    errno: 1264,
    sqlState: '22003',
    retry: 'no',
    message: "Out of range value for column '%s' at row %d",
  },
  OB_ERR_DATA_TRUNCATED: {
    code: -4249,
    errno: 1265,
    sqlState: '01000',
    retry: 'no',
    message: "Data truncated for column '%s' at row %d",
  },
  OB_ERR_TRUNCATED_WRONG_VALUE: {
    code: -5222,
    errno: 1292,
    sqlState: '22007',
    retry: 'no',
    message: "Incorrect %s value: '%s' for column '%s' at row %d",
  },
  OB_ERR_TRUNCATED_WRONG_VALUE_FOR_FIELD: {
    code: -5977,
    errno: 1366,
    sqlState: 'HY000',
    retry: 'no',
    message: "Incorrect %s value: '%s' for column '%s' at row %d",
  },
  OB_ERR_DATA_TOO_LONG: {
    code: -5167,
    errno: 1406,
    sqlState: '22001',
    retry: 'no',
    message: "Data too long for column '%s' at row %d",
  },
  OB_BAD_NULL_ERROR: {
    code: -4235,
    errno: 1048,
    sqlState: '23000',
    retry: 'no',
    message: "Column '%s' cannot be null",
  },
  OB_ERR_INVALID_JSON_TEXT: {
    code: -5411,
    errno: 3140,
    sqlState: '22032',
    retry: 'no',
    message: 'Invalid JSON text: "%s" at position %d in value for column \'%s\'.',
  },
  OB_ERR_UNKNOWN_TIME_ZONE: {
    code: -5192,
    errno: 1298,
    sqlState: 'HY000',
    retry: 'no',
    message: "Unknown or incorrect time zone: '%s'",
  },
} as const satisfies Record<string, ErrorRow>;

export type ErrorName = keyof typeof errors;

/** @returns the error's name, or undefined for a code that isn't in the table */
export function errorByCode(code: number): ErrorName | undefined {
  return (Object.keys(errors) as ErrorName[]).find((name) => errors[name].code === code);
}

/** @returns every error that a MySQL client sees under this number */
export function errorsByErrno(errno: number): readonly ErrorName[] {
  return (Object.keys(errors) as ErrorName[]).filter((name) => errors[name].errno === errno);
}
