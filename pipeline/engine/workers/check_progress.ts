/**
 * Checks the progress that a stage reports before it is sent to the main thread.
 *
 * @module
 */

import { isObject } from "../../../io/json_text.ts";
import { received } from "../definition/check_options.ts";
import type { Progress } from "../definition/stage.ts";
import { printableText } from "./plain_error.ts";

/**
 * Returns the progress as plain data, without other properties.
 *
 * @throws {TypeError} If `done` or `total` is not a finite number >= 0, or a figure not a number.
 */
export function checkProgress(progress: unknown): Progress {
  if (!isObject(progress)) {
    throw new TypeError(
      `Cannot report progress: it must be an object { done, total }, ${received(progress)}`,
    );
  }
  const { done, total, values } = progress;
  return {
    done: checkCount("done", done),
    total: checkCount("total", total),
    values: checkValues(values),
  };
}

function checkCount(name: string, count: unknown): number {
  if (typeof count === "number" && Number.isFinite(count) && count >= 0) return count;
  throw new TypeError(
    `Cannot report progress: ${name} must be a finite number >= 0, ${received(count)}`,
  );
}

/** Figures may be NaN or infinite: a stage shows what it computes. */
function checkValues(values: unknown): Progress["values"] {
  if (values === undefined) return undefined;
  if (!isObject(values)) {
    throw new TypeError(
      `Cannot report progress: values must be an object of numbers, ${received(values)}`,
    );
  }
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      const printable = printableText(name);
      if (typeof value === "number") return [printable, value];
      throw new TypeError(
        `Cannot report progress: values.${printable} must be a number, ${received(value)}`,
      );
    }),
  );
}
