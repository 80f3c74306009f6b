/**
 * Names of other programs as names that the fields of a store may have.
 *
 * @module
 */

import { UserError } from "../../errors.ts";

/**
 * The field of each array or column, in their order: what a field name cannot have becomes `_`.
 *
 * @param path The file they come from, for the error
 * @throws {UserError} If two of them would be one field
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { fieldNames } from "./stored_names.ts";
 *
 * assert.deepEqual(fieldNames(["Velocity [m/s]", "2nd law"], "a.vtu"), ["Velocity_m_s", "field_2nd_law"]);
 * ```
 */
export function fieldNames(sources: readonly string[], path: string): readonly string[] {
  const sourceOf = new Map<string, string>();
  return sources.map((source) => {
    const field = fieldName(source);
    const other = sourceOf.get(field);
    if (other !== undefined) {
      throw new UserError(
        `Cannot use "${other}" and "${source}" of "${path}" as both would be field ` +
          `"${field}"; rename one`,
      );
    }
    sourceOf.set(field, source);
    return field;
  });
}

function fieldName(source: string): string {
  const name = source.trim().replace(/[^A-Za-z0-9_]+/g, "_").replace(/_+$/, "");
  return /^[A-Za-z]/.test(name) ? name : `field_${name.replace(/^_+/, "")}`;
}
