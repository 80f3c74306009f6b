/**
 * Names of the values per node of a field: `pressure`, or `velocity.x` and `velocity.y`.
 *
 * @module
 */

/** Names of the space coordinates. */
export const AXES: readonly string[] = ["x", "y", "z"];

/** Names of the components of a field; a single component has the name of the field. */
export function componentNames(field: string, components: number): readonly string[] {
  if (components === 1) return [field];
  return Array.from({ length: components }, (_, k) => `${field}.${components <= 3 ? AXES[k] : k}`);
}

/** The field that a column is a component of. */
export function fieldOf(column: string): string {
  return column.split(".")[0];
}

/** A field in neighbouring columns. */
export interface FieldColumns {
  readonly name: string;
  readonly components: number;
  readonly unit: string;
  /** Its first column. */
  readonly column: number;
}

/**
 * The fields in columns.
 *
 * @param names Name of each column.
 * @param units Unit of each column.
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const fields = fieldsOf(["velocity.x", "velocity.y", "pressure"], ["m/s", "m/s", "Pa"]);
 * const sizes = fields.map(({ name, components }) => [name, components]);
 * assert.deepEqual(sizes, [["velocity", 2], ["pressure", 1]]);
 * ```
 */
export function fieldsOf(
  names: readonly string[],
  units: readonly string[],
): readonly FieldColumns[] {
  const fields: FieldColumns[] = [];
  names.forEach((columnName, column) => {
    const name = fieldOf(columnName);
    const last = fields[fields.length - 1];
    if (last?.name === name) {
      fields[fields.length - 1] = { ...last, components: last.components + 1 };
    } else fields.push({ name, components: 1, unit: units[column] ?? "", column });
  });
  return fields;
}

/** Values of one field `[N, components]` from rows `[N, width]`, in the precision of the rows. */
export function fieldValues<Rows extends Float32Array | Float64Array>(
  rows: Rows,
  width: number,
  field: Pick<FieldColumns, "column" | "components">,
): Rows {
  const nodeCount = rows.length / width;
  const count = nodeCount * field.components;
  const values = rows instanceof Float64Array ? new Float64Array(count) : new Float32Array(count);
  for (let node = 0; node < nodeCount; node++) {
    for (let c = 0; c < field.components; c++) {
      values[node * field.components + c] = rows[node * width + field.column + c];
    }
  }
  return values as Rows;
}
