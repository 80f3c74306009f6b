/**
 * A pipeline as plain data: its stages, their inputs and their options.
 *
 * @module
 */

import type { PermissionKind } from "../../../errors.ts";

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
