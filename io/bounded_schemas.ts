/**
 * Schemas for lists and records of untrusted files: of a million wrong entries only the first
 * becomes a problem, as the problems would take far more memory than the file.
 *
 * @module
 */

import { z } from "zod";

/** More fields, splits or attributes than any store has. */
const mostKeys = 10_000;

/** A list; its problem is that of the first entry that is wrong. */
export function listOf<T>(item: z.ZodType<T>) {
  return z.array(z.unknown()).transform((values, context) => {
    const list: T[] = [];
    for (const value of values) {
      const { success, data, error } = item.safeParse(value);
      if (success) {
        list.push(data);
        continue;
      }
      const [{ path, message }] = error.issues;
      context.issues.push({ code: "custom", message, path: [list.length, ...path], input: value });
      return z.NEVER;
    }
    return list;
  });
}

/** A record with a bound on its entries. */
export function recordOf<T>(key: z.ZodType<string, string>, value: z.ZodType<T>) {
  const isSmall = (record: unknown) =>
    typeof record !== "object" || record === null || Object.keys(record).length <= mostKeys;
  return z.unknown().refine(isSmall, `there must be at most ${mostKeys} entries`).pipe(
    z.record(key, value),
  );
}
