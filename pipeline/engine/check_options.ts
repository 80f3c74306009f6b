/**
 * Problems with a stage's options, told by their path in the pipeline.
 *
 * @module
 */

import { z } from "zod";
import { didYouMean } from "../../errors.ts";

/**
 * Parses options by their schema.
 *
 * @param path Where the options stand, such as `stages.graphs.with`.
 * @returns One sentence for each problem; none if the options are valid.
 */
export async function checkOptions(schema: z.ZodType, options: unknown, path: string): Promise<string[]> {
  const result = await schema.safeParseAsync(options);
  return result.success
    ? []
    : result.error.issues.flatMap((issue) => sentences(schema, options, path, issue));
}

function sentences(schema: z.ZodType, options: unknown, root: string, issue: z.core.$ZodIssue): string[] {
  const path = [root, ...issue.path.map(String)].join(".");
  if (issue.code === "unrecognized_keys") {
    const known = optionNames(schema, issue.path);
    return issue.keys.map((key) => `Cannot set ${path}.${key}: no such option, ${didYouMean(key, known)}`);
  }
  const value = issue.path.reduce<unknown>(partOf, options);
  const rule = ruleOf(issue);
  if (value === undefined) return [`Cannot do without ${path}: ${rule}; set it`];
  return [
    `Cannot set ${path} as its value is not valid (${rule}): received ${
      Deno.inspect(value, { breakLength: Infinity, depth: 2 })
    }`,
  ];
}

/** What zod asks for, as the part of a sentence. */
function ruleOf(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_union" && issue.errors.length > 0) {
    const rules = new Set(issue.errors.flatMap((issues) => issues.slice(0, 1).map(ruleOf)));
    return [...rules].join(", or ");
  }
  const message = issue.message.replace(/^Invalid (input|option): /, "").replace(/, received undefined$/, "");
  return message.charAt(0).toLowerCase() + message.slice(1);
}

/** The options that there are at a path, as far as the schema is made of objects. */
function optionNames(schema: unknown, path: readonly PropertyKey[]): string[] {
  let inner = schema;
  for (const key of path) inner = inner instanceof z.ZodObject ? unwrap(inner.shape[String(key)]) : undefined;
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
}

/** The schema inside a default or an optional. */
function unwrap(schema: unknown): unknown {
  const wrapped = schema instanceof z.ZodDefault || schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable;
  return wrapped ? unwrap(schema.unwrap()) : schema;
}

function partOf(value: unknown, key: PropertyKey): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
}
