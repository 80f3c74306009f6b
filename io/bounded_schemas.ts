/**
 * Schemas of lists and records in untrusted files. Of a million invalid entries, only the first is
 * reported: a million problems would take far more memory than the file.
 *
 * @module
 */

import { z } from "zod";
import { DataError } from "../errors.ts";

/** More fields, splits or attributes than any store has. */
const MAX_KEYS = 10_000;

/** A list, which reports the problem of its first invalid entry. */
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

/** A record with a bounded number of entries. */
export function recordOf<T>(key: z.ZodType<string, string>, value: z.ZodType<T>) {
  const isSmall = (record: unknown) =>
    typeof record !== "object" || record === null || Object.keys(record).length <= MAX_KEYS;
  return z.unknown().refine(isSmall, `there must be at most ${MAX_KEYS} entries`).pipe(
    z.record(key, value),
  );
}

/**
 * Parses an untrusted value.
 *
 * @param subject Name of the complete value, for problems without a path
 * @throws {DataError} If it does not match; lists all problems after `action`
 */
export function parseUntrusted<T>(
  schema: z.ZodType<T>,
  value: unknown,
  subject: string,
  action: string,
): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => {
    const reason = issue.code === "invalid_key" ? issue.issues[0].message : issue.message;
    return `${issue.path.join(".") || subject}: ${reason}`;
  });
  throw new DataError(`${action}: its ${subject} are invalid: ${problems.join("; ")}`, {
    cause: result.error,
  });
}
