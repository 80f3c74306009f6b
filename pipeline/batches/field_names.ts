/**
 * Names of the single values per node that make up fields: `pressure`, `velocity.x`, `velocity.y`.
 *
 * @module
 */

/** Names of the space coordinates. */
export const AXES: readonly string[] = ["x", "y", "z"];

/** The names of the components of a field: its own name if there is one. */
export function componentNames(field: string, components: number): readonly string[] {
  if (components === 1) return [field];
  return Array.from({ length: components }, (_, k) => `${field}.${components <= 3 ? AXES[k] : k}`);
}

/** The field that a column is a component of. */
export function fieldOf(column: string): string {
  return column.split(".")[0];
}

/** A field made of neighbouring columns. */
export interface FieldColumns {
  readonly name: string;
  readonly components: number;
  readonly unit: string;
  /** First of its columns. */
  readonly column: number;
}

/**
 * The fields that columns of such names make up.
 *
 * @param units Unit of each column.
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const fields = fieldsOf(["velocity.x", "velocity.y", "pressure"], ["m/s", "m/s", "Pa"]);
 * assert.deepEqual(fields.map(({ name, components }) => [name, components]), [["velocity", 2], ["pressure", 1]]);
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

/** The columns of one field `[N, components]` out of rows `[N, width]`. */
export function fieldValues(
  rows: Float32Array,
  width: number,
  field: FieldColumns,
): Float32Array<ArrayBuffer> {
  const nodeCount = rows.length / width;
  const values = new Float32Array(nodeCount * field.components);
  for (let node = 0; node < nodeCount; node++) {
    for (let c = 0; c < field.components; c++) {
      values[node * field.components + c] = rows[node * width + field.column + c];
    }
  }
  return values;
}
