import { type ErrorRow, row } from '../error-row.ts';

/** Statements as written: syntax, names in a query, grouping, functions, variables. */
export const queryErrors = {
  // Syntax.
  OB_ERR_PARSE_SQL: row(-5001, 1064, '42000', "%s near '%s' at line %d"),
  OB_ERR_PARSER_SYNTAX: row(
    -5006,
    1064,
    '42000',
    "You have an error in your SQL syntax; check the manual that corresponds to your OceanBase version for the right syntax to use near '%s' at line %d",
  ),
  OB_ERR_EMPTY_QUERY: row(-5253, 1065, '42000', 'Query was empty'),
  ER_WRONG_USAGE: row(-1221, 1221, 'HY000', 'Incorrect usage of %s and %s'),
  OB_ERR_CANT_USE_OPTION_HERE: row(-5213, 1234, '42000', "Incorrect usage/placement of '%s'"),
  OB_NOT_SUPPORTED: row(-4007, 1235, '0A000', '%s not supported'),
  ER_CUTOFF_NO_SUPPORT: row(-1148, 1148, '42000', 'The used command is not allowed with this MySQL version'),
  ER_UNKNOWN_ERROR: row(-1105, 1105, 'HY000', 'Unknown error'),
  OB_ERR_DUP_ARGUMENT: row(-4299, 1225, 'HY000', "Option '%s' used twice in statement"),
  OB_ERR_DEPRECATED_SYNTAX: row(
    -5516,
    1287,
    'HY000',
    "'%s' is deprecated and will be removed in a future release. Please use %s instead",
  ),
  OB_ERR_DEPRECATED_SYNTAX_NO_REP: row(
    -5518,
    1681,
    'HY000',
    "'%s' is deprecated and will be removed in a future release.",
  ),

  // Names in a query.
  OB_NON_UNIQ_ERROR: row(-5207, 1052, '23000', "Column '%s' in %s is ambiguous"),
  OB_ERR_BAD_FIELD_ERROR: row(-5217, 1054, '42S22', "Unknown column '%s' in '%s'"),
  OB_ERR_FIELD_SPECIFIED_TWICE: row(-4228, 1110, '42000', "Column '%s' specified twice"),
  OB_ILLEGAL_REFERENCE: row(-5225, 1247, '42S22', "Reference '%s' not supported (%s)"),
  ER_DERIVED_MUST_HAVE_ALIAS: row(-1248, 1248, '42000', 'Every derived table must have its own alias'),
  OB_ERR_TABLENAME_NOT_ALLOWED_HERE: row(
    -5238,
    1250,
    '42000',
    "Table '%s' from one of the SELECTs cannot be used in %s",
  ),
  OB_ERR_UPDATE_TABLE_USED: row(
    -5174,
    1093,
    'HY000',
    "You can't specify target table '%s' for update in FROM clause",
  ),
  OB_ERR_NO_TABLES_USED: row(-5185, 1096, 'HY000', 'No tables used'),
  ER_TOO_MANY_TABLES: row(-1116, 1116, 'HY000', 'Too many tables; MySQL can only use %d tables in a join'),
  OB_ERR_MULTI_UPDATE_KEY_CONFLICT: row(
    -5344,
    1706,
    'HY000',
    "Primary key/partition key update is not allowed since the table is updated both as '%s' and '%s'.",
  ),
  ER_UPDATE_WITHOUT_KEY_IN_SAFE_MODE: row(
    -1175,
    1175,
    'HY000',
    'You are using safe update mode and you tried to update a table without a WHERE that uses a KEY column',
  ),

  // Grouping, set operations, subqueries, windows, common table expressions.
  OB_ERR_WRONG_FIELD_WITH_GROUP: row(-5218, 1055, '42000', "'%s' isn't in GROUP BY"),
  OB_WRONG_GROUP_FIELD: row(-5206, 1056, '42000', "Can't group on '%s'"),
  ER_WRONG_SUM_SELECT: row(-1057, 1057, '42000', 'Statement has sum functions and columns in same statement'),
  OB_ERR_INVALID_GROUP_FUNC_USE: row(-5176, 1111, 'HY000', 'Invalid use of group function'),
  OB_ERR_MIX_OF_GROUP_FUNC_AND_FIELDS: row(
    -5221,
    1140,
    '42000',
    'In aggregated query without GROUP BY, expression #%d of SELECT list contains nonaggregated column %s; this is incompatible with sql_mode=only_full_group_by',
  ),
  ER_FIELD_IN_ORDER_NOT_SELECT: row(
    -3065,
    3065,
    'HY000',
    'Expression #%d of ORDER BY clause is not in SELECT list, references column %s which is not in SELECT list; this is incompatible with %s',
  ),
  ER_AGGREGATE_ORDER_NON_AGG_QUERY: row(
    -3029,
    3029,
    'HY000',
    'Expression #%d of ORDER BY contains aggregate function and applies to the result of a non-aggregated query',
  ),
  OB_ERR_AGGREGATE_ORDER_FOR_UNION: row(
    -5263,
    3028,
    'HY000',
    'Expression #%d of ORDER BY contains aggregate function and applies to a UNION',
  ),
  OB_ERR_COLUMN_SIZE: row(
    -5007,
    1222,
    '21000',
    'The used SELECT statements have a different number of columns',
  ),
  OB_ERR_INVALID_COLUMN_NUM: row(-5042, 1241, '21000', 'Operand should contain %d column(s)'),
  OB_SUBQUERY_TOO_MANY_ROW: row(-5153, 1242, '21000', 'Subquery returns more than 1 row'),
  OB_ERR_TOO_MANY_ROWS: row(-5294, 1172, '42000', 'Result consisted of more than one row'),
  ER_CTE_RECURSIVE_REQUIRES_UNION: row(
    -3573,
    3573,
    'HY000',
    "Recursive Common Table Expression '%s' should contain a UNION",
  ),
  OB_ERR_CTE_NEED_QUERY_BLOCKS: row(
    -5982,
    3574,
    'HY000',
    "Recursive Common Table Expression '%s' should have one or more non-recursive query blocks followed by one or more recursive ones",
  ),
  OB_ERR_CTE_MAX_RECURSION_DEPTH: row(
    -5408,
    3636,
    'HY000',
    'Recursive query aborted after %d iterations. Try increasing @@cte_max_recursion_depth to a larger value.',
  ),
  ER_WINDOW_NO_SUCH_WINDOW: row(-3579, 3579, 'HY000', "Window name '%s' is not defined."),
  ER_WINDOW_DUPLICATE_NAME: row(-3591, 3591, 'HY000', "Window '%s' is defined twice."),
  ER_WINDOW_INVALID_WINDOW_FUNC_USE: row(
    -3593,
    3593,
    'HY000',
    "You cannot use the window function '%s' in this context.'",
  ),
  OB_ERR_WINDOW_FRAME_ILLEGAL: row(
    -5507,
    3586,
    'HY000',
    "Window '%s': frame start or end is negative, NULL or of non-integral type",
  ),

  // Functions.
  OB_ERR_FUNCTION_UNKNOWN: row(-5055, 1305, '42000', '%s %s does not exist'),
  OB_ERR_PARAM_SIZE: row(
    -5054,
    1582,
    '42000',
    "Incorrect parameter count in the call to native function '%s'",
  ),
  OB_ERR_WRONG_PARAMETERS_TO_NATIVE_FCT: row(
    -5407,
    1583,
    '42000',
    "Incorrect parameters in the call to native function '%s'",
  ),
  ER_WRONG_PARAMETERS_TO_STORED_FCT: row(
    -1584,
    1584,
    '42000',
    "Incorrect parameters in the call to stored function '%s'",
  ),
  OB_ERR_REGEXP_ERROR: row(-5115, 1139, '42000', "Got error '%s' from regexp"),
  OB_ERR_CUT_VALUE_GROUP_CONCAT: row(-5254, 1260, 'HY000', 'Row %d was cut by GROUP_CONCAT()'),
  OB_ERR_FUNC_RESULT_TOO_LARGE: row(
    -5316,
    1301,
    'HY000',
    'Result of %s() was larger than max_allowed_packet (%d) - truncated',
  ),
  ER_FUNC_INEXISTENT_NAME_COLLISION: row(
    -1630,
    1630,
    '42000',
    "FUNCTION %s does not exist. Check the 'Function Name Parsing and Resolution' section in the Reference Manual",
  ),

  // System variables.
  OB_ERR_SYS_VARIABLE_UNKNOWN: row(-5044, 1193, 'HY000', "Unknown system variable '%s'"),
  OB_ERR_LOCAL_VARIABLE: row(
    -5100,
    1228,
    'HY000',
    "Variable '%s' is a SESSION variable and can't be used with SET GLOBAL",
  ),
  OB_ERR_GLOBAL_VARIABLE: row(
    -5101,
    1229,
    'HY000',
    "Variable '%s' is a GLOBAL variable and should be set with SET GLOBAL",
  ),
  OB_ERR_NO_DEFAULT: row(-4256, 1230, '42000', "Variable '%s' doesn't have a default value"),
  OB_ERR_WRONG_VALUE_FOR_VAR: row(-5145, 1231, '42000', "Variable '%s' can't be set to the value of '%s'"),
  OB_ERR_WRONG_TYPE_FOR_VAR: row(-5180, 1232, '42000', "Incorrect argument type to variable '%s'"),
  ER_VAR_CANT_BE_READ: row(-1233, 1233, 'HY000', "Variable '%s' can only be set, not read"),
  OB_ERR_INCORRECT_GLOBAL_LOCAL_VAR: row(-5103, 1238, 'HY000', "Variable '%s' is a %s variable"),
  OB_ERR_VARIABLE_IS_READONLY: row(
    -5102,
    1621,
    'HY000',
    "%s variable '%s' is read-only. Use SET %s to assign the value",
  ),
  OB_ERR_UNKNOWN_TIME_ZONE: row(-5192, 1298, 'HY000', "Unknown or incorrect time zone: '%s'"),

  // Character sets.
  OB_ERR_UNKNOWN_CHARSET: row(-5142, 1115, '42000', "Unknown character set: '%s'"),
  OB_ERR_UNKNOWN_COLLATION: row(-5143, 1273, 'HY000', "Unknown collation: '%s'"),
  OB_ERR_COLLATION_MISMATCH: row(-5144, 1253, '42000', "COLLATION '%s' is not valid for CHARACTER SET '%s'"),
  OB_CANT_AGGREGATE_2COLLATIONS: row(
    -5177,
    1267,
    'HY000',
    "Illegal mix of collations (%s,%s) and (%s,%s) for operation '%s'",
  ),
  OB_CANT_AGGREGATE_NCOLLATIONS: row(-5357, 1271, 'HY000', "Illegal mix of collations for operation '%s'"),
  OB_ERR_INVALID_CHARACTER_STRING: row(-5250, 1300, 'HY000', "Invalid %s character string: '%s'"),
  ER_COLLATION_CHARSET_CONFLICT: row(-1302, 1302, 'HY000', "Conflicting declarations: '%s' and '%s'"),
} satisfies Record<string, ErrorRow>;
