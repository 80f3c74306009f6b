/**
 * Pipelines whose built-in stages have typed options.
 *
 * @module
 */

import type { PipelineSpec, StageSpec } from "../engine/definition/spec.ts";
import type { Stage } from "../engine/definition/stage.ts";
import type check_case from "./check_case.ts";
import type compute_case from "./compute_case.ts";
import type derive from "./derive.ts";
import type evaluate from "./evaluate.ts";
import type load from "./load.ts";
import type partition from "./partition.ts";
import type predict from "./predict.ts";
import type read_case from "./read_case.ts";
import type read_model from "./read_model.ts";
import type { StageName } from "./registry.ts";
import type sample from "./sample.ts";
import type score from "./score.ts";
import type statistics from "./statistics.ts";
import type stitch from "./stitch.ts";
import type train from "./train.ts";
import type vtk from "./vtk.ts";
import type write from "./write.ts";

/** Types only: a pipeline is defined without loading the modules of its stages. */
interface BuiltInStages {
  readonly check_case: typeof check_case;
  readonly compute_case: typeof compute_case;
  readonly derive: typeof derive;
  readonly evaluate: typeof evaluate;
  readonly load: typeof load;
  readonly partition: typeof partition;
  readonly predict: typeof predict;
  readonly read_case: typeof read_case;
  readonly read_model: typeof read_model;
  readonly sample: typeof sample;
  readonly score: typeof score;
  readonly statistics: typeof statistics;
  readonly stitch: typeof stitch;
  readonly train: typeof train;
  readonly vtk: typeof vtk;
  readonly write: typeof write;
}

/** Options of each built-in stage as a pipeline gives them: those with a default may be absent. */
export type BuiltInOptions = {
  readonly [Name in StageName]: BuiltInStages[Name] extends Stage<infer _, infer Input>
    ? DeepReadonly<Input>
    : never;
};

/**
 * One built-in stage of a pipeline: `run` decides which options `with` has.
 *
 * @typeParam Name Names that `from` may refer to: those of the pipeline's stages.
 */
export type BuiltInStageSpec<Name extends string = string> = {
  [Run in StageName]: TypedStageSpec<Name, Run, BuiltInOptions[Run]>;
}[StageName];

/**
 * One custom stage of a pipeline, which accepts any options. `run` is a path or URL; text that is
 * computed, such as by `import.meta.resolve`, counts as one.
 *
 * @typeParam Name Names that `from` may refer to: those of the pipeline's stages.
 */
export type CustomStageSpec<Name extends string = string, Run extends string = ModuleName> =
  StageSpec<Name, Run & (string extends Run ? unknown : ModuleName)>;

/** Path or URL of a module. */
export type ModuleName = `${string}/${string}` | `${string}:${string}` | `${string}.${"ts" | "js"}`;

/** The stage must have options if one of them is required. */
type TypedStageSpec<Name extends string, Run extends string, Options extends object> =
  & StageSpec<Name, Run, Options>
  & (Record<never, never> extends Options ? unknown : { readonly with: Options });

type DeepReadonly<T> = T extends object ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> } : T;

/**
 * Returns the pipeline unchanged, checked by the compiler: `from` can only name a stage of the
 * pipeline, `run` only a built-in stage or a module, and `with` has the options of the built-in
 * stage. The rest is checked by `validatePipeline` before a run.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { definePipeline } from "./built_in_pipeline.ts";
 *
 * const pipeline = definePipeline({
 *   name: "darcy",
 *   stages: {
 *     meshes: { run: "load", with: { store: "data/darcy.zarr" } },
 *     subdomains: { run: "partition", from: "meshes", with: { parts: 2 } },
 *   },
 * });
 * assert.equal(pipeline.stages.subdomains.from, "meshes");
 * ```
 */
export function definePipeline<const Runs extends Readonly<Record<string, string>>>(
  spec: {
    readonly name: string;
    readonly stages: {
      readonly [Name in keyof Runs]:
        | BuiltInStageSpec<NoInfer<keyof Runs & string>>
        | CustomStageSpec<NoInfer<keyof Runs & string>, Runs[Name]>;
    };
  },
): PipelineSpec {
  return spec;
}
