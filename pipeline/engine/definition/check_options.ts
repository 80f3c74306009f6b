/**
 * Checks the options of a stage against their schema.
 *
 * @module
 */

import { z } from "zod";
import { didYouMean } from "../../../errors.ts";

/** A problem with one option. */
export interface OptionProblem {
  /** Path within the options. */
  readonly path: readonly PropertyKey[];
  /** Whether the name is unknown; otherwise the value is invalid. */
  readonly isName: boolean;
  /** One sentence that names the path. */
  readonly message: string;
}

/**
 * Checks options against their schema.
 *
 * @param path Path of the options in the pipeline, such as `stages.graphs.with`.
 * @returns One sentence for each problem; none if the options are valid.
 */
export async function checkOptions(
  schema: z.ZodType,
  options: unknown,
  path: string,
): Promise<string[]> {
  return (await optionProblems(schema, options, path)).map(({ message }) => message);
}

/** Like `checkOptions`, with the path of each problem. */
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
  const value = issue.path.reduce<unknown>(propertyOf, options);
  const message = `Cannot set ${path}: ${ruleOf(issue)}, ${received(value)}${remedyOf(value)}`;
  return [{ path: issue.path, isName: false, message }];
}

/** A refused value as the end of a sentence: `received 3`, or `it is missing`. */
export function received(value: unknown): string {
  return value === undefined
    ? "it is missing"
    : `received ${Deno.inspect(value, { breakLength: Infinity, depth: 2 })}`;
}

/** The end of a sentence about a text that YAML 1.1 read as a boolean or a number. */
function remedyOf(value: unknown): string {
  if (typeof value !== "string") return "";
  if (/^(yes|on)$/i.test(value)) return "; write true";
  if (/^(no|off)$/i.test(value)) return "; write false";
  return /^[-+]?\d[\d_]*_[\d_]*$/.test(value) ? `; write ${value.replaceAll("_", "")}` : "";
}

/** The rule that a value breaks, as part of a sentence: `expected number to be >=0`. */
function ruleOf(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_union" && issue.errors.length > 0) {
    const rules = new Set(issue.errors.flatMap((issues) => issues.slice(0, 1).map(ruleOf)));
    return [...rules].join(", or ");
  }
  const message = issue.message
    .replace(/^(Invalid (input|option)|Too (small|big)): /, "")
    .replace(/, received .*$/, "");
  return message.charAt(0).toLowerCase() + message.slice(1);
}

/** The known options at a path, as far as the schema consists of objects. */
function optionNames(schema: unknown, path: readonly PropertyKey[]): string[] {
  let inner = schema;
  for (const key of path) inner = innerSchema(inner, key);
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
}

/** The schema of a property or element. */
function innerSchema(schema: unknown, key: PropertyKey): unknown {
  if (schema instanceof z.ZodObject) return unwrap(schema.shape[String(key)]);
  return schema instanceof z.ZodArray ? unwrap(schema.element) : undefined;
}

/** The schema inside a default, an optional or a nullable. */
function unwrap(schema: unknown): unknown {
  const wrapped = schema instanceof z.ZodDefault || schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable;
  return wrapped ? unwrap(schema.unwrap()) : schema;
}

function propertyOf(value: unknown, key: PropertyKey): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
}
