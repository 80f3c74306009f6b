/**
 * A pipeline as plain data: which stages there are, what feeds them, and with which options.
 *
 * @module
 */

import { didYouMean, type PermissionKind, PipelineError } from "../../../errors.ts";

/** A whole pipeline. */
export interface PipelineSpec {
  readonly name: string;
  /** The stages by name; the order has no meaning. */
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
   * What a stage of one's own may do beside reading its code, and reading and writing in the
   * directory of the run, where workers are confined. The process must have these permissions
   * itself.
   *
   * @default nothing
   */
  readonly permissions?: StagePermissions | undefined;
}

/** What a pipeline allows a stage. */
export interface StagePermissions {
  /** Files and directories that it reads, relative to the directory of the pipeline. */
  readonly read?: readonly string[] | undefined;
  /** Files and directories that it writes, relative to the directory of the pipeline. */
  readonly write?: readonly string[] | undefined;
  /** Hosts that it talks to, such as `"example.org"` or `"localhost:8080"`. */
  readonly net?: readonly string[] | undefined;
  /** Variables of the environment that it reads or sets. */
  readonly env?: readonly string[] | undefined;
}

/** What a stage of a pipeline can have. */
export const STAGE_KEYS: readonly string[] = ["run", "from", "ranks", "with", "permissions"];

/** What a stage can be allowed. */
export const PERMISSION_KINDS = [
  "read",
  "write",
  "net",
  "env",
] as const satisfies readonly PermissionKind[];

/** The names in a stage's `from`, as an array. */
export function inputNames(stage: StageSpec): readonly string[] {
  if (stage.from === undefined) return [];
  return typeof stage.from === "string" ? [stage.from] : stage.from;
}

/**
 * The pipeline with some values replaced, as by `--set stages.model.with.hops=6`; the given one is
 * left as it is.
 *
 * A value is read as JSON, and as a string if it is none. Names of stages and of their parts are
 * checked here; options and their types when the pipeline is validated.
 *
 * @param assignments Each `path=value`.
 * @throws {PipelineError} Listing every assignment that cannot be made.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { overrideOptions } from "./spec.ts";
 *
 * const spec = { name: "p", stages: { model: { run: "train", with: { hops: 4 } } } };
 * const changed = overrideOptions(spec, ["stages.model.with.hops=6", "stages.model.ranks=2"]);
 * assert.deepEqual(changed.stages.model, { run: "train", with: { hops: 6 }, ranks: 2 });
 * assert.deepEqual(spec.stages.model, { run: "train", with: { hops: 4 } });
 * ```
 */
export function overrideOptions(spec: PipelineSpec, assignments: readonly string[]): PipelineSpec {
  const changed = structuredClone(spec);
  const problems: string[] = [];
  for (const assignment of assignments) {
    const problem = assign(changed, assignment);
    if (problem !== undefined) problems.push(`Cannot set "${assignment}": ${problem}`);
  }
  if (problems.length > 0) throw new PipelineError(problems.join("\n"), problems);
  return changed;
}

/** Makes one assignment in place; returns what is wrong with it, if anything. */
function assign(spec: PipelineSpec, assignment: string): string | undefined {
  const equals = assignment.indexOf("=");
  if (equals <= 0) return `it has no value; write path=value, such as stages.model.with.hops=6`;
  const path = assignment.slice(0, equals).split(".");
  const [top, stage, key, ...rest] = path;
  if (top === "name" && path.length === 1) {
    setAt(spec, path, assignment.slice(equals + 1));
    return undefined;
  }
  if (top !== "stages") return `unknown path "${top}", ${didYouMean(top, ["name", "stages"])}`;
  if (stage === undefined || key === undefined) {
    return `the path ends too early; write stages.<stage>.with.<option>=value`;
  }
  if (!Object.hasOwn(spec.stages, stage)) {
    return `no stage "${stage}", ${didYouMean(stage, Object.keys(spec.stages))}`;
  }
  if (!STAGE_KEYS.includes(key)) return `a stage has no "${key}", ${didYouMean(key, STAGE_KEYS)}`;
  if ((key === "with") !== (rest.length > 0)) {
    return key === "with"
      ? "the option is missing; write with.<option>=value"
      : `"${key}" has no parts`;
  }
  return setAt(spec, path, parseValue(assignment.slice(equals + 1)));
}

/**
 * Sets a value deep in plain data, adding objects on the way; a part of the path that is no object
 * is a problem.
 */
function setAt(root: object, path: readonly string[], value: unknown): string | undefined {
  let target = root as Record<string, unknown>;
  for (const [depth, name] of path.slice(0, -1).entries()) {
    if (!Object.hasOwn(target, name)) define(target, name, {});
    const next = target[name];
    if (typeof next !== "object" || next === null) {
      return `"${path.slice(0, depth + 1).join(".")}" is ${JSON.stringify(next)}, which has no ` +
        "parts";
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
