/**
 * Problems with a stage's options, told by their path in the pipeline.
 *
 * @module
 */

import { z } from "zod";
import { didYouMean } from "../../../errors.ts";

/** Something that is wrong with options. */
export interface OptionProblem {
  /** Where in the options. */
  readonly path: readonly PropertyKey[];
  /** Whether the name is wrong, not the value. */
  readonly isName: boolean;
  /** One sentence, with the path in it. */
  readonly message: string;
}

/**
 * Parses options by their schema.
 *
 * @param path Where the options stand, such as `stages.graphs.with`.
 * @returns One sentence for each problem; none if the options are valid.
 */
export async function checkOptions(
  schema: z.ZodType,
  options: unknown,
  path: string,
): Promise<string[]> {
  return (await optionProblems(schema, options, path)).map(({ message }) => message);
}

/** As `checkOptions`, with the place of each problem. */
export async function optionProblems(
  schema: z.ZodType,
  options: unknown,
  path: string,
): Promise<OptionProblem[]> {
  const result = await schema.safeParseAsync(options);
  return result.success
    ? []
    : result.error.issues.flatMap((issue) => problems(schema, options, path, issue));
}

function problems(
  schema: z.ZodType,
  options: unknown,
  root: string,
  issue: z.core.$ZodIssue,
): OptionProblem[] {
  const path = [root, ...issue.path.map(String)].filter((name) => name !== "").join(".");
  if (issue.code === "unrecognized_keys") {
    const known = optionNames(schema, issue.path);
    return issue.keys.map((key) => ({
      path: [...issue.path, key],
      isName: true,
      message: `Cannot set ${path === "" ? key : `${path}.${key}`}: no such option, ` +
        `${didYouMean(key, known)}`,
    }));
  }
  const value = issue.path.reduce<unknown>(partOf, options);
  const rule = ruleOf(issue);
  const message = value === undefined
    ? `Cannot do without ${path}: ${rule}; set it`
    : `Cannot set ${path} as its value is not valid (${rule}): received ` +
      `${Deno.inspect(value, { breakLength: Infinity, depth: 2 })}`;
  return [{ path: issue.path, isName: false, message }];
}

/** What zod asks for, as the part of a sentence. */
function ruleOf(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_union" && issue.errors.length > 0) {
    const rules = new Set(issue.errors.flatMap((issues) => issues.slice(0, 1).map(ruleOf)));
    return [...rules].join(", or ");
  }
  const message = issue.message.replace(/^Invalid (input|option): /, "").replace(
    /, received undefined$/,
    "",
  );
  return message.charAt(0).toLowerCase() + message.slice(1);
}

/** The options that there are at a path, as far as the schema is made of objects. */
function optionNames(schema: unknown, path: readonly PropertyKey[]): string[] {
  let inner = schema;
  for (const key of path) inner = innerSchema(inner, key);
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
}

/** The schema of a part, without what wraps it. */
function innerSchema(schema: unknown, key: PropertyKey): unknown {
  if (schema instanceof z.ZodObject) return unwrap(schema.shape[String(key)]);
  return schema instanceof z.ZodArray ? unwrap(schema.element) : undefined;
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
