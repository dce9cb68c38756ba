/**
 * A value of a row or a parameter: integers are bigint (number is taken too), FLOAT and DOUBLE are numbers, BIT and
 * binary strings are bytes, everything else is text in MySQL's own notation.
 */
export type CellValue = null | number | bigint | string | Uint8Array;
