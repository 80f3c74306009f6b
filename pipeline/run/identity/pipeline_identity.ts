/**
 * Identity of every stage of a pipeline: its code, its options, the data that it reads, and the
 * versions that run it. The keys of the cache and the comparison with checkpoints derive from it.
 *
 * @module
 */

import config from "../../../deno.json" with { type: "json" };
import { ContentHasher } from "../../../io/content_hash.ts";
import { CodeHasher } from "../../engine/definition/code_hash.ts";
import { readPaths } from "../../engine/definition/read_paths.ts";
import { inputNames, type PipelineSpec } from "../../engine/definition/spec.ts";
import type { ValidPipeline, ValidStage } from "../../engine/definition/validate.ts";
import { currentName, isBuiltIn } from "../../stages/registry.ts";
import type { RunIdentity } from "../../training/checkpoint_file.ts";

/**
 * Options of built-in stages that state where a run happens, what it saves and what it refuses; its
 * numbers do not depend on them.
 */
const PLACEMENT_OPTIONS = [
  "parts",
  "device",
  "checkpoint",
  "firstStep",
  "keptMeshMiB",
  "allowDisconnected",
  "otherGraphs",
  "covers",
];

/** Hashers of code and data, which read each file once. */
export interface Hashers {
  readonly code: CodeHasher;
  readonly contents: ContentHasher;
}

/** Identity of one stage; together with the identities of its inputs, it determines the output. */
export interface StageIdentity {
  /** The stage with its options, ranks and inputs. */
  readonly planned: ValidStage;
  /** Hash of the module and all that it imports. */
  readonly code: string;
  /**
   * Hash of each file that an option names, by the path of the option; undefined if it is absent.
   */
  readonly data: readonly (readonly [option: string, hash: string | undefined])[];
}

/** Versions of the program and of what it runs on. */
export interface ProgramVersions {
  readonly haloflow: string;
  readonly deno: string;
  readonly packages: Readonly<Record<string, string>>;
}

/** Identity of a pipeline. */
export interface PipelineIdentity {
  readonly spec: PipelineSpec;
  readonly pipeline: ValidPipeline;
  /** By name; every producer comes before its consumers. */
  readonly stages: ReadonlyMap<string, StageIdentity>;
  readonly versions: ProgramVersions;
  /** The hashers that read the code and the data. */
  readonly hashers: Hashers;
}

/**
 * The identity of a pipeline; reads its code and its data.
 *
 * @param hashers Hashers to share between pipelines: each file is read once @default new ones
 */
export async function identifyPipeline(
  spec: PipelineSpec,
  pipeline: ValidPipeline,
  hashers: { readonly [Kind in keyof Hashers]?: Hashers[Kind] | undefined } = {},
): Promise<PipelineIdentity> {
  const { code = new CodeHasher(), contents = new ContentHasher() } = hashers;
  const identities = await Promise.all([...pipeline.stages.values()].map(async (planned) => {
    const data = readPaths(planned).map(async ([option, path]) =>
      [option, await contents.hash(path)] as const
    );
    return { planned, code: await code.hash(planned.url), data: await Promise.all(data) };
  }));
  return {
    spec,
    pipeline,
    stages: new Map(identities.map((identity) => [identity.planned.name, identity])),
    versions: programVersions(),
    hashers: { code, contents },
  };
}

/** The versions of this program. */
export function programVersions(): ProgramVersions {
  return { haloflow: config.version, deno: Deno.version.deno, packages: config.imports };
}

/** The identity of a run as its checkpoints state it. */
export function checkpointIdentity(
  { spec, pipeline, stages, versions }: PipelineIdentity,
): RunIdentity {
  const identities = [...stages.values()];
  const data = identities.flatMap((stage) =>
    // A stage whose data are absent fails, and reports more than a comparison could.
    stage.data.flatMap(([option, hash]) => hash === undefined ? [] : [[option, hash]])
  );
  return {
    pipeline: resolvedPipeline(spec, pipeline),
    data: Object.fromEntries(data),
    code: Object.fromEntries(identities.map(({ planned, code }) => [planned.name, code])),
    versions: { haloflow: versions.haloflow, deno: versions.deno },
  };
}

/** The pipeline as plain data, with the defaults of all options except placement. */
export function resolvedPipeline(
  spec: PipelineSpec,
  pipeline: ValidPipeline,
): Readonly<Record<string, unknown>> {
  const stages = Object.entries(spec.stages).map(([name, stage]) => [name, {
    run: currentName(stage.run),
    from: inputNames(stage),
    with: resolvedOptions(pipeline.stages.get(name)!),
  }]);
  return JSON.parse(JSON.stringify({ name: spec.name, stages: Object.fromEntries(stages) }));
}

function resolvedOptions({ url, resolved }: ValidStage): unknown {
  if (!isBuiltIn(url)) return resolved;
  return Object.fromEntries(
    Object.entries(resolved as object).filter(([name]) => !PLACEMENT_OPTIONS.includes(name)),
  );
}
