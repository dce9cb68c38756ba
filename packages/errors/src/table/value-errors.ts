import { type ErrorRow, row } from '../error-row.ts';

/** Values: what doesn't fit its column, its function or its key. */
export const valueErrors = {
  // Keys and NULL.
  OB_ERR_PRIMARY_KEY_DUPLICATE: row(-5024, 1062, '23000', "Duplicate entry '%s' for key '%s'"),
  OB_BAD_NULL_ERROR: row(-4235, 1048, '23000', "Column '%s' cannot be null"),
  OB_ERR_NO_DEFAULT_FOR_FIELD: row(-4227, 1364, 'HY000', "Field '%s' doesn't have a default value"),
  OB_ER_INVALID_USE_OF_NULL: row(-5596, 1138, '22004', 'Invalid use of NULL value'),
  ER_WARN_NULL_TO_NOTNULL: row(
    -1263,
    1263,
    '22004',
    "Column set to default value; NULL supplied to NOT NULL column '%s' at row %d",
  ),
  OB_ERR_REACH_AUTOINC_MAX: row(
    -5184,
    1467,
    'HY000',
    'Failed to read auto-increment value from storage engine',
  ),
  ER_WRONG_VALUE_COUNT: row(-1058, 1058, '21S01', "Column count doesn't match value count"),
  OB_ERR_COULUMN_VALUE_NOT_MATCH: row(
    -5175,
    1136,
    '21S01',
    "Column count doesn't match value count at row %d",
  ),

  // Range and form.
  OB_ERR_WARN_DATA_OUT_OF_RANGE: row(-5229, 1264, '22003', "Out of range value for column '%s' at row %d"),
  OB_DATA_OUT_OF_RANGE: row(-4224, 1264, '22003', "Out of range value for column '%s' at row %d"),
  OB_OPERATE_OVERFLOW: row(-4157, 1690, '22003', "%s value is out of range in '%s'"),
  OB_ERR_DATA_TRUNCATED: row(-4249, 1265, '01000', "Data truncated for column '%s' at row %d"),
  OB_ERR_DATA_TOO_LONG: row(-5167, 1406, '22001', "Data too long for column '%s' at row %d"),
  OB_ERR_TRUNCATED_WRONG_VALUE: row(
    -5222,
    1292,
    '22007',
    "Incorrect %s value: '%s' for column '%s' at row %d",
  ),
  OB_INVALID_DATE_VALUE: row(-4219, 1292, '22007', "Incorrect %s value: '%s'"),
  OB_ERR_DOUBLE_TRUNCATED: row(-4262, 1292, '22007', "Truncated incorrect %s value: '%s'"),
  OB_ERR_TRUNCATED_WRONG_VALUE_FOR_FIELD: row(
    -4226,
    1366,
    'HY000',
    "Incorrect %s value: '%s' for column '%s' at row %d",
  ),
  OB_ERR_INCORRECT_STRING_VALUE: row(
    -4258,
    1366,
    'HY000',
    "Incorrect string value: '%s' for column '%s' at row %d",
  ),
  OB_ERR_ILLEGAL_VALUE_FOR_TYPE: row(-5332, 1367, '22007', "Illegal %s '%s' value found during parsing"),
  OB_ERR_WRONG_VALUE: row(-5241, 1525, 'HY000', "Incorrect %s value: '%s'"),
  ER_WRONG_VALUE_FOR_TYPE: row(-1411, 1411, 'HY000', "Incorrect %s value: '%s' for function %s"),
  OB_DATETIME_FUNCTION_OVERFLOW: row(-4261, 1441, '22008', 'Datetime function: %s field overflow'),
  OB_DIVISION_BY_ZERO: row(-4078, 1365, '22012', 'Division by 0'),
  OB_EER_INVALID_ARGUMENT_FOR_LOGARITHM: row(-5565, 3020, '2201E', 'Invalid argument for logarithm'),
  OB_WARN_TOO_FEW_RECORDS: row(-5611, 1261, '01000', "Row %d doesn't contain data for all columns"),
  OB_WARN_TOO_MANY_RECORDS: row(
    -5612,
    1262,
    '01000',
    'Row %d was truncated; it contained more data than there were input columns',
  ),
  OB_ERR_ZLIB_DATA: row(-5124, 1259, 'HY000', 'ZLIB: Input data corrupted'),
  ER_STD_OVERFLOW_ERROR: row(-3049, 3049, 'HY000', 'Out of range error: %s in function %s.'),

  // JSON.
  OB_ERR_INVALID_JSON_TEXT: row(
    -5411,
    3140,
    '22032',
    'Invalid JSON text: "%s" at position %d in value for column \'%s\'.',
  ),
  OB_ERR_INVALID_JSON_TEXT_IN_PARAM: row(
    -5412,
    3141,
    '22032',
    'Invalid JSON text in argument %d to function %s: "%s" at position %d.',
  ),
  OB_ERR_INVALID_JSON_PATH: row(
    -5414,
    3143,
    '42000',
    'Invalid JSON path expression. The error is around character position %d.',
  ),
  OB_ERR_INVALID_JSON_CHARSET: row(
    -5415,
    3144,
    '22032',
    "Cannot create a JSON value from a string with CHARACTER SET '%s'.",
  ),
  OB_ERR_INVALID_TYPE_FOR_JSON: row(
    -5417,
    3146,
    '22032',
    'Invalid data type for JSON data in argument %d to function %s; a JSON string or JSON type is required.',
  ),
  OB_ERR_INVALID_CAST_TO_JSON: row(-5418, 3147, '22032', 'Cannot CAST value to JSON.'),
  OB_ERR_INVALID_JSON_PATH_WILDCARD: row(
    -5420,
    3149,
    '42000',
    'In this situation, path expressions may not contain the * and ** tokens.',
  ),
  OB_ERR_JSON_VALUE_TOO_BIG: row(
    -5421,
    3150,
    '22032',
    'The JSON value is too big to be stored in a JSON column.',
  ),
  OB_ERR_JSON_KEY_TOO_BIG: row(-5422, 3151, '22032', 'The JSON object contains a key name that is too long.'),
  OB_ERR_JSON_VACUOUS_PATH: row(
    -5424,
    3153,
    '42000',
    "The path expression '$' is not allowed in this context.",
  ),
  OB_ERR_JSON_BAD_ONE_OR_ALL_ARG: row(
    -5425,
    3154,
    '42000',
    "The oneOrAll argument to %s may take these values: 'one' or 'all'.",
  ),
  OB_ERR_NUMERIC_JSON_VALUE_OUT_OF_RANGE: row(
    -5426,
    3155,
    '22003',
    'Out of range JSON value for CAST to %s from column %s at row %d',
  ),
  OB_ERR_INVALID_JSON_VALUE_FOR_CAST: row(
    -5427,
    3156,
    '22018',
    'Invalid JSON value for CAST to %s from column %s at row %d',
  ),
  OB_ERR_JSON_OUT_OF_DEPTH: row(-5428, 3157, '22032', 'The JSON document exceeds the maximum depth.'),
  OB_ERR_JSON_DOCUMENT_NULL_KEY: row(
    -5429,
    3158,
    '22032',
    'JSON documents may not contain NULL member names.',
  ),
  OB_ERR_INVALID_JSON_PATH_ARRAY_CELL: row(
    -5431,
    3165,
    '42000',
    'A path expression is not a path to a cell in an array.',
  ),
} satisfies Record<string, ErrorRow>;
