/**
 * Names and patterns of names.
 *
 * @module
 */

/** Characters that make a name a pattern. */
const PATTERN = /[*?]/;

/** Whether a text is a pattern with `*` (any characters) or `?` (one character). */
export function isPattern(text: string): boolean {
  return PATTERN.test(text);
}

/**
 * Returns whether a text is a name, or matches a pattern with `*` and `?`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(["run_1", "run_12", "run"].filter(nameMatcher("run_*")), ["run_1", "run_12"]);
 * ```
 */
export function nameMatcher(pattern: string): (text: string) => boolean {
  if (!isPattern(pattern)) return (text) => text === pattern;
  const literal = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  const regex = new RegExp(`^${literal.replace(/\*/g, ".*").replace(/\?/g, ".")}$`, "s");
  return (text) => regex.test(text);
}
