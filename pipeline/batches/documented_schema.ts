/**
 * Schemas whose columns are documented where they are declared.
 *
 * @module
 */

import type { ColumnDocumentation, ColumnType, ScalarType, Schema } from "../../io/record_batch.ts";

/** A column with its documentation. */
export interface DocumentedColumn extends ColumnDocumentation {
  readonly type: ColumnType;
  /** Whether rows may omit the column. @default false */
  readonly isOptional?: boolean | undefined;
}

/** Columns by name, in order. */
export type DocumentedColumns = Readonly<Record<string, DocumentedColumn>>;

/** A column of one value per row. */
export function scalar(type: ScalarType, meaning: string): DocumentedColumn {
  return { type, meaning };
}

/** A column of any number of values per row, in the given shape. */
export function list(type: ScalarType, shape: string, meaning: string): DocumentedColumn {
  return { type: { list: type }, shape, meaning };
}

/** The column, which rows may omit. */
export function optional(column: DocumentedColumn): DocumentedColumn {
  return { ...column, isOptional: true };
}

/** The schema of documented columns. */
export function documentedSchema(
  name: string,
  summary: string,
  columns: DocumentedColumns,
): Schema {
  const entries = Object.entries(columns);
  const omissible = entries.filter(([, { isOptional }]) => isOptional).map(([column]) => column);
  return {
    name,
    optional: omissible.length > 0 ? omissible : undefined,
    columns: Object.fromEntries(entries.map(([column, { type }]) => [column, type])),
    documentation: {
      summary,
      columns: Object.fromEntries(
        entries.map(([column, { shape, meaning }]) => [column, { shape, meaning }]),
      ),
    },
  };
}
