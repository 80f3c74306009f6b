/**
 * Checks the entries of the log that a stage records before they are sent to the main thread.
 *
 * @module
 */

import { isObject } from "../../../io/json_text.ts";
import { received } from "../definition/check_options.ts";
import type { StageRecord } from "../definition/stage.ts";
import { printableText } from "./plain_error.ts";

/**
 * Returns the entry as plain data, without other properties.
 *
 * @throws {TypeError} If `kind` is not a string, or a value is an object or a function.
 */
export function checkRecord(entry: unknown): StageRecord {
  if (!isObject(entry) || typeof entry.kind !== "string" || !isObject(entry.values)) {
    throw new TypeError(
      "Cannot record an entry of the log: it must be an object { kind, values }, " +
        received(entry),
    );
  }
  return {
    kind: printableText(entry.kind),
    values: Object.fromEntries(
      Object.entries(entry.values).map(([name, value]) => {
        const printable = printableText(name);
        if (isFigure(value)) return [printable, value];
        throw new TypeError(
          `Cannot record an entry of the log: values.${printable} must be a number, a boolean, a ` +
            `string or null, ${received(value)}`,
        );
      }),
    ),
  };
}

function isFigure(value: unknown): value is StageRecord["values"][string] {
  return value === null || ["number", "boolean", "string"].includes(typeof value);
}
