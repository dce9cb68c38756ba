import { ObError } from '@sealane/errors';
import type { Catalog } from '../catalog.ts';
import type { AlterDraft } from './alter-draft.ts';
import { references, supportingIndex } from './foreign-key.ts';
import { checkIndexName } from './index-definition.ts';
import { sameName } from './names.ts';

export function dropPrimaryKey(draft: AlterDraft): void {
  if (draft.primaryKey.length === 0) throw new ObError('OB_ERR_CANT_DROP_FIELD_OR_KEY', ['PRIMARY']);
  draft.primaryKey = [];
}

/** @throws 1091 if there is none, 1553 if a foreign key, here or in another table, needs it */
export function dropIndex(draft: AlterDraft, name: string, catalog: Catalog): void {
  if (sameName(name, 'PRIMARY')) {
    dropPrimaryKey(draft);
    return;
  }
  const index = draft.indexes.find((candidate) => sameName(candidate.name, name));
  if (index === undefined) throw new ObError('OB_ERR_CANT_DROP_FIELD_OR_KEY', [name]);
  draft.indexes = draft.indexes.filter((candidate) => candidate !== index);
  const rest = draft.table();
  const columns = index.columns.map((part) => part.name);
  const asParent = references(draft.original, catalog).some(
    ({ key }) =>
      index.unique &&
      key.parentColumns.length === columns.length &&
      key.parentColumns.every((column) => columns.some((other) => sameName(other, column))),
  );
  const asChild = draft.foreignKeys.some((key) => supportingIndex(key, rest) !== undefined);
  if (asParent || asChild) throw new ObError('ER_DROP_INDEX_FK', [index.name]);
}

/** @throws 1829 where a foreign key of another table refers to the column */
export function refuseParentColumn(draft: AlterDraft, name: string, catalog: Catalog): void {
  const held = references(draft.original, catalog).find(({ key }) =>
    key.parentColumns.some((column) => sameName(column, name)),
  );
  if (held === undefined) return;
  throw new ObError('ER_FK_COLUMN_CANNOT_DROP_CHILD', [
    name,
    held.key.name,
    `${held.child.database}.${held.child.name}`,
  ]);
}

export function dropForeignKey(draft: AlterDraft, name: string): void {
  if (!draft.foreignKeys.some((key) => sameName(key.name, name))) {
    throw new ObError('OB_ERR_CANT_DROP_FIELD_OR_KEY', [name]);
  }
  draft.foreignKeys = draft.foreignKeys.filter((key) => !sameName(key.name, name));
}

export function dropCheck(draft: AlterDraft, name: string): void {
  if (!draft.checks.some((check) => sameName(check.name, name))) {
    throw new ObError('OB_ERR_CHECK_CONSTRAINT_NOT_FOUND', [name]);
  }
  draft.checks = draft.checks.filter((check) => !sameName(check.name, name));
}

/** DROP CONSTRAINT names a foreign key, a check, a unique index or PRIMARY. */
export function dropConstraint(draft: AlterDraft, name: string, catalog: Catalog): void {
  if (draft.foreignKeys.some((key) => sameName(key.name, name))) {
    dropForeignKey(draft, name);
    return;
  }
  if (draft.checks.some((check) => sameName(check.name, name))) {
    dropCheck(draft, name);
    return;
  }
  dropIndex(draft, name, catalog);
}

/** @throws 1176 if there is no such index, 1061 if the new name is taken */
export function renameIndex(draft: AlterDraft, oldName: string, newName: string): void {
  if (!draft.indexes.some((index) => sameName(index.name, oldName))) {
    throw new ObError('OB_ERR_KEY_DOES_NOT_EXISTS', [oldName, draft.original.name]);
  }
  checkIndexName(
    newName,
    draft.indexes.filter((index) => !sameName(index.name, oldName)),
  );
  draft.indexes = draft.indexes.map((index) =>
    sameName(index.name, oldName) ? { ...index, name: newName } : index,
  );
}
