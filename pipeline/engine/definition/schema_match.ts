/**
 * Compares schemas: whether batches of one can be read as another.
 *
 * @module
 */

import { didYouMean } from "../../../errors.ts";
import { describeType, sameType, type Schema } from "../../../io/schema.ts";

/**
 * Returns the first reason why batches of `actual` cannot be read as `expected`, or undefined if
 * they can: every expected column must be present with the same type; further columns are ignored.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { schemaDifference } from "./schema_match.ts";
 *
 * const actual = { name: "mesh", columns: { id: "utf8", position: { list: "float64" } } } as const;
 * const expected = { name: "points", columns: { position: { list: "float32" } } } as const;
 * assert.equal(
 *   schemaDifference(actual, expected),
 *   'column "position" is list of float64 where list of float32 is expected',
 * );
 * ```
 */
export function schemaDifference(actual: Schema, expected: Schema): string | undefined {
  return schemaDifferences(actual, expected)[0];
}

/** Returns all reasons why batches of `actual` cannot be read as `expected`. */
export function schemaDifferences(actual: Schema, expected: Schema): string[] {
  const differences: string[] = [];
  for (const [column, type] of Object.entries(expected.columns)) {
    if (!Object.hasOwn(actual.columns, column)) {
      differences.push(
        `no column "${column}" (${describeType(type)}), ` +
          `${didYouMean(column, Object.keys(actual.columns))}`,
      );
      continue;
    }
    const found = actual.columns[column];
    if (sameType(found, type)) continue;
    differences.push(
      `column "${column}" is ${describeType(found)} where ${describeType(type)} is expected`,
    );
  }
  return differences;
}
