/**
 * A pipeline as plain data: its stages, their inputs and their options.
 *
 * @module
 */

import { didYouMean, type PermissionKind, PipelineError } from "../../../errors.ts";
import { isObject } from "../../../io/json_text.ts";

/** A pipeline as plain data; `definePipeline` creates one with typed options. */
export interface PipelineSpec {
  readonly name: string;
  /** Stages by name, in any order. */
  readonly stages: Readonly<Record<string, StageSpec>>;
}

/**
 * One stage of a pipeline.
 *
 * @typeParam Name Names that `from` may refer to: those of the pipeline's stages.
 * @typeParam Run Names or modules that `run` may refer to.
 * @typeParam Options Options of the stage.
 */
export interface StageSpec<
  Name extends string = string,
  Run extends string = string,
  Options extends object = Readonly<Record<string, unknown>>,
> {
  /**
   * Name of a built-in stage, or the URL or path (with a `/`) of a module that default-exports a
   * stage.
   */
  readonly run: Run;
  /**
   * Names of the stages whose outputs are the inputs, in the order in which the stage declares
   * them.
   */
  readonly from?: Name | readonly Name[] | undefined;
  /**
   * Number of workers that run the stage.
   *
   * @default 1
   */
  readonly ranks?: number | undefined;
  /** Options of the stage. */
  readonly with?: Options | undefined;
  /**
   * Permissions of a custom stage if workers are confined, in addition to reading its code and
   * using the directory of the run. The process must have these permissions itself.
   *
   * @default none
   */
  readonly permissions?: StagePermissions | undefined;
}

/** Permissions that a pipeline grants a stage. */
export interface StagePermissions {
  /** Files and directories that the stage may read, relative to the directory of the pipeline. */
  readonly read?: readonly string[] | undefined;
  /** Files and directories that the stage may write, relative to the directory of the pipeline. */
  readonly write?: readonly string[] | undefined;
  /** Hosts that the stage may connect to, such as `"example.org"` or `"localhost:8080"`. */
  readonly net?: readonly string[] | undefined;
  /** Environment variables that the stage may read and set. */
  readonly env?: readonly string[] | undefined;
}

/** Properties of a stage in a pipeline. */
export const STAGE_KEYS: readonly string[] = ["run", "from", "ranks", "with", "permissions"];

/** Length of the path of an option, such as `stages.model.with.hops`. */
const OPTION_DEPTH = 4;

/** Properties of a stage that are objects, whose members can be set one by one. */
const OBJECT_KEYS = ["with", "permissions"];

/** Permissions that a stage can be granted. */
export const PERMISSION_KINDS = [
  "read",
  "write",
  "net",
  "env",
] as const satisfies readonly PermissionKind[];

/** Returns the names in the `from` of a stage as an array. */
export function inputNames(stage: StageSpec): readonly string[] {
  if (stage.from === undefined) return [];
  return typeof stage.from === "string" ? [stage.from] : stage.from;
}

/**
 * Values to replace in a pipeline, nested as in the pipeline itself. Objects are merged at every
 * depth; any other value, arrays included, replaces the one in the pipeline. `undefined` leaves it
 * unchanged.
 */
export interface PipelineOverrides {
  readonly name?: string | undefined;
  /** By name of the stage. */
  readonly stages?: Readonly<Record<string, StageOverrides | undefined>> | undefined;
}

/** Values to replace in one stage. */
export type StageOverrides = { readonly [Key in keyof StageSpec]?: StageSpec[Key] | undefined };

/**
 * Returns a copy of a pipeline with some of its values replaced.
 *
 * Names of stages and of their properties are checked here, options when the pipeline is validated.
 *
 * @param overrides An object nested like the pipeline, or assignments `path=value` as for `--set`,
 * whose values are parsed as JSON if they are valid JSON and are strings otherwise
 * @throws {PipelineError} If a value cannot be set; lists every such path.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { overrideOptions } from "./spec.ts";
 *
 * const spec = { name: "p", stages: { model: { run: "train", with: { hops: 4, seed: 1 } } } };
 * const changed = overrideOptions(spec, { stages: { model: { ranks: 2, with: { hops: 6 } } } });
 * assert.deepEqual(changed.stages.model, { run: "train", with: { hops: 6, seed: 1 }, ranks: 2 });
 * const assignments = ["stages.model.with.hops=6", "stages.model.ranks=2"];
 * assert.deepEqual(overrideOptions(spec, assignments), changed);
 * assert.deepEqual(spec.stages.model.with, { hops: 4, seed: 1 });
 * ```
 */
export function overrideOptions(
  spec: PipelineSpec,
  overrides: PipelineOverrides | readonly string[],
): PipelineSpec {
  const assignments = isList(overrides)
    ? overrides.map(parseAssignment)
    : assignmentsIn(overrides, []);
  const changed = structuredClone(spec);
  const problems: string[] = [];
  for (const assignment of assignments) {
    const problem = assign(changed, assignment);
    if (problem !== undefined) problems.push(`Cannot set "${assignment.text}": ${problem}`);
  }
  if (problems.length > 0) throw new PipelineError(problems.join("\n"), problems);
  return changed;
}

/** A value for one place in a pipeline. */
interface Assignment {
  /** The assignment in a message. */
  readonly text: string;
  readonly path: readonly string[];
  /** Undefined if it is missing. */
  readonly value: unknown;
}

function isList(overrides: PipelineOverrides | readonly string[]): overrides is readonly string[] {
  return Array.isArray(overrides);
}

function parseAssignment(text: string): Assignment {
  const equals = text.indexOf("=");
  if (equals <= 0) return { text, path: text.split("."), value: undefined };
  const path = text.slice(0, equals).split(".");
  const value = text.slice(equals + 1);
  return { text, path, value: path[0] === "name" ? value : parseValue(value) };
}

/** The leaves of nested overrides. Objects below the options of a stage are merged too. */
function assignmentsIn(value: unknown, path: readonly string[]): readonly Assignment[] {
  if (value === undefined) return [];
  // An empty object changes nothing of a stage, but may be the value of an option.
  if (!isObject(value) || Object.keys(value).length === 0) {
    return isObject(value) && path.length < OPTION_DEPTH
      ? []
      : [{ text: path.join("."), path, value }];
  }
  return Object.entries(value).flatMap(([key, part]) => assignmentsIn(part, [...path, key]));
}

/** Makes one assignment in place; returns the problem with it, if any. */
function assign(spec: PipelineSpec, { path, value }: Assignment): string | undefined {
  if (value === undefined) {
    return "it has no value; write path=value, such as stages.model.with.hops=6";
  }
  const [top, stage, key, ...rest] = path;
  if (top === "name" && path.length === 1) return setAt(spec, path, value);
  if (top !== "stages") return `unknown path "${top}", ${didYouMean(top, ["name", "stages"])}`;
  if (stage === undefined) {
    return "the path ends too early; write stages.<stage>.with.<option>=value";
  }
  if (!Object.hasOwn(spec.stages, stage)) {
    return `no stage "${stage}", ${didYouMean(stage, Object.keys(spec.stages))}`;
  }
  if (key === undefined) return "the path ends too early; write stages.<stage>.with.<option>=value";
  if (!STAGE_KEYS.includes(key)) {
    return `a stage has no property "${key}", ${didYouMean(key, STAGE_KEYS)}`;
  }
  if (key === "with" && rest.length === 0) {
    return "the option is missing; write with.<option>=value";
  }
  if (!OBJECT_KEYS.includes(key) && rest.length > 0) return `"${key}" has no properties`;
  return setAt(spec, path, value);
}

/**
 * Sets a value deep in plain data, adding objects on the way; returns the problem if a value on the
 * path is not an object.
 */
function setAt(root: object, path: readonly string[], value: unknown): string | undefined {
  let target = root as Record<string, unknown>;
  for (const [depth, name] of path.slice(0, -1).entries()) {
    if (!Object.hasOwn(target, name)) define(target, name, {});
    const next = target[name];
    if (typeof next !== "object" || next === null) {
      const parent = path.slice(0, depth + 1).join(".");
      return `"${parent}" is ${JSON.stringify(next)}, which has no properties`;
    }
    target = next as Record<string, unknown>;
  }
  define(target, path[path.length - 1], value);
  return undefined;
}

/** Sets an own property even where the name is `__proto__`. */
function define(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, {
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
