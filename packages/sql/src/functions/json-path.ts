import { ObError } from '@sealane/errors';
import type { JsonValue } from '../types/json.ts';

/** One step of a path. `last` counts from the array's end. */
export type JsonStep =
  | { readonly kind: 'member'; readonly name: string }
  | { readonly kind: 'cell'; readonly index: number; readonly last: boolean }
  | { readonly kind: 'range'; readonly from: JsonCell; readonly to: JsonCell }
  | { readonly kind: 'any-member' | 'any-cell' | 'any-descendant' };

export interface JsonCell {
  readonly index: number;
  readonly last: boolean;
}

const parsed = new Map<string, readonly JsonStep[]>();
const PARSED_MAX = 500;

/** Reads `$.a[0]."b c"[last-1][*].*` and `**`. @throws 3143 */
export function parsePath(text: string): readonly JsonStep[] {
  let steps = parsed.get(text);
  if (steps === undefined) {
    steps = readPath(text);
    if (parsed.size >= PARSED_MAX) parsed.clear();
    parsed.set(text, steps);
  }
  return steps;
}

const stepForm =
  /\s*(?:\.\s*(?:(\*)|("(?:[^"\\]|\\.)*")|([A-Za-z_$\u0080-\uffff][\w$\u0080-\uffff]*))|\[\s*(?:(\*)|(\d+|last(?:\s*-\s*\d+)?)(?:\s+to\s+(\d+|last(?:\s*-\s*\d+)?))?)\s*\]|(\*\*))/y;

function readPath(text: string): JsonStep[] {
  const start = /^\s*\$/.exec(text);
  if (start === null) throw pathError(0);
  const steps: JsonStep[] = [];
  let at = start[0].length;
  while (text.slice(at).trim() !== '') {
    stepForm.lastIndex = at;
    const match = stepForm.exec(text);
    if (match === null) throw pathError(at);
    steps.push(stepOf(match, at));
    at += match[0].length;
  }
  // A path must say what it looks for below any depth.
  if (steps.at(-1)?.kind === 'any-descendant') throw pathError(at);
  return steps;
}

function stepOf(
  [, anyMember, quoted, name, anyCell, from, to, descendant]: RegExpExecArray,
  at: number,
): JsonStep {
  if (anyMember !== undefined) return { kind: 'any-member' };
  if (quoted !== undefined) return { kind: 'member', name: unquoted(quoted, at) };
  if (name !== undefined) return { kind: 'member', name };
  if (anyCell !== undefined) return { kind: 'any-cell' };
  if (descendant !== undefined || from === undefined) return { kind: 'any-descendant' };
  if (to !== undefined) return { kind: 'range', from: cellOf(from), to: cellOf(to) };
  return { kind: 'cell', ...cellOf(from) };
}

function unquoted(text: string, at: number): string {
  try {
    return JSON.parse(text) as string;
  } catch (error) {
    throw pathError(at, error);
  }
}

function cellOf(text: string): JsonCell {
  if (!text.startsWith('last')) return { index: Number(text), last: false };
  return { index: Number(/\d+/.exec(text)?.[0] ?? 0), last: true };
}

function pathError(position: number, cause?: unknown): ObError {
  return new ObError('OB_ERR_INVALID_JSON_PATH', [position], cause === undefined ? {} : { cause });
}

/** Whether the path may find several values. */
export function hasWildcard(steps: readonly JsonStep[]): boolean {
  return steps.some(({ kind }) => kind !== 'member' && kind !== 'cell');
}

export function isArray(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

export function isObject(value: JsonValue): value is ReadonlyMap<string, JsonValue> {
  return value instanceof Map;
}

/** The place in an array of that length; negative if it is before the first. */
export function cellIndex({ index, last }: JsonCell, length: number): number {
  return last ? length - 1 - index : index;
}

/** Every value that the path leads to, in the document's order, each one once. */
export function findAll(value: JsonValue, steps: readonly JsonStep[], at = 0): JsonValue[] {
  const step = steps[at];
  if (step === undefined) return [value];
  return childrenOf(value, step).flatMap((child) => findAll(child, steps, at + 1));
}

function childrenOf(value: JsonValue, step: JsonStep): readonly JsonValue[] {
  switch (step.kind) {
    case 'member': {
      const member = isObject(value) ? value.get(step.name) : undefined;
      return member === undefined ? [] : [member];
    }
    case 'cell': {
      // A value that is no array is like an array of it alone.
      const cells = isArray(value) ? value : [value];
      const cell = cells[cellIndex(step, cells.length)];
      return cell === undefined ? [] : [cell];
    }
    case 'range': {
      const cells = isArray(value) ? value : [value];
      return cells.slice(
        Math.max(0, cellIndex(step.from, cells.length)),
        cellIndex(step.to, cells.length) + 1,
      );
    }
    case 'any-member':
      return isObject(value) ? [...value.values()] : [];
    case 'any-cell':
      return isArray(value) ? value : [];
    case 'any-descendant':
      return [value, ...descendants(value)];
  }
}

function descendants(value: JsonValue): JsonValue[] {
  const children = isArray(value) ? value : isObject(value) ? [...value.values()] : [];
  return children.flatMap((child) => [child, ...descendants(child)]);
}
