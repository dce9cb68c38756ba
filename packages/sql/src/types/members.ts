import type { SqlType } from '../sql-type.ts';
import { isCaseSensitive } from './charset.ts';

/** @returns the place of an ENUM's member, from 1; 0 for none */
export function memberIndex(type: SqlType, text: string): number {
  const members = type.members ?? [];
  const wanted = text.replace(/ +$/, '');
  const exact = members.indexOf(wanted);
  if (exact >= 0 || isCaseSensitive(type.collation ?? '')) return exact + 1;
  const folded = wanted.toLowerCase();
  return members.findIndex((member) => member.toLowerCase() === folded) + 1;
}

/** @returns the bits of a SET's text `a,b`, and whether each part is a member */
export function memberBits(type: SqlType, text: string): { bits: bigint; complete: boolean } {
  let bits = 0n;
  let complete = true;
  if (text === '') return { bits, complete };
  for (const part of text.split(',')) {
    const index = memberIndex(type, part);
    if (index === 0) complete = false;
    else bits |= 1n << BigInt(index - 1);
  }
  return { bits, complete };
}

/** @returns the text of an ENUM's index; '' for 0 and beyond the end */
export function memberText(type: SqlType, index: bigint): string {
  return index > 0n ? (type.members?.[Number(index) - 1] ?? '') : '';
}

/** @returns `a,c` for the bits 101 */
export function memberTexts(type: SqlType, bits: bigint): string {
  return (type.members ?? []).filter((_, index) => (bits >> BigInt(index)) & 1n).join(',');
}
