/**
 * Checks that all arrays of a file can be decoded.
 *
 * @module
 */

import { DataError } from "../../errors.ts";
import type { StoreCheck } from "../store_check.ts";
import { type ArrayFile, shapeText } from "./array_file.ts";

/** Arrays in a description. */
const MAX_NAMED = 20;

/** Prepares the check of a file of arrays. */
export function checkArrays({ format, entries, notes, read }: ArrayFile): StoreCheck {
  const named = entries.slice(0, MAX_NAMED)
    .map(({ name, shape }) => `${name} (${shapeText(shape)})`).join(", ");
  const more = entries.length > MAX_NAMED ? `, ... (${entries.length} in all)` : "";
  return {
    what: `${format}: ${named}${more}`,
    unseen: "a changed number",
    notes: [
      ...notes,
      "What they mean is named when they are used: --inputs and --targets the fields, --position " +
      "the coordinates, --axes the order of the axes",
    ],
    stepCount: entries.length,
    problems: (async function* () {
      for (const { name } of entries) {
        try {
          await read(name, []);
          yield undefined;
        } catch (error) {
          if (!(error instanceof DataError)) throw error;
          yield error;
        }
      }
    })(),
  };
}
