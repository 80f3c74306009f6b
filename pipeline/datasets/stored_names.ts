/**
 * Names from other programs as field names of a store.
 *
 * @module
 */

import { UserError } from "../../errors.ts";
import { RESERVED_NAMES } from "../../io/mesh_attributes.ts";

/**
 * The field name of each array or column, with `_` for characters that it cannot have, and
 * `field_` before names that stores use themselves.
 *
 * @param path Their file, for the error
 * @throws {UserError} If two of them give the same name
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { fieldNames } from "./stored_names.ts";
 *
 * const names = fieldNames(["Velocity [m/s]", "2nd law"], "a.vtu");
 * assert.deepEqual(names, ["Velocity_m_s", "field_2nd_law"]);
 * ```
 */
export function fieldNames(sources: readonly string[], path: string): readonly string[] {
  const sourceOf = new Map<string, string>();
  return sources.map((source) => {
    const field = fieldName(source);
    const other = sourceOf.get(field);
    if (other !== undefined) {
      throw new UserError(
        `Cannot use "${other}" and "${source}" of "${path}": field names must be unique, both ` +
          `give "${field}"; rename one`,
      );
    }
    sourceOf.set(field, source);
    return field;
  });
}

function fieldName(source: string): string {
  const name = source.trim().replace(/[^A-Za-z0-9_]+/g, "_").replace(/_+$/, "");
  const isValid = /^[A-Za-z]/.test(name) && !RESERVED_NAMES.includes(name);
  return isValid ? name : `field_${name.replace(/^_+/, "")}`;
}
