/**
 * What a run is made of, and how two of them differ.
 *
 * @module
 */

import config from "../../../deno.json" with { type: "json" };
import { ContentHasher } from "../../../io/content_hash.ts";
import { CodeHasher } from "../../engine/definition/code_hash.ts";
import { readPaths } from "../../engine/definition/read_paths.ts";
import { inputNames, type PipelineSpec } from "../../engine/definition/spec.ts";
import type { PipelinePlan, PlannedStage } from "../../engine/definition/validate.ts";
import type { RunIdentity } from "../../training/checkpoint_file.ts";
import { isBuiltIn } from "../../stages/registry.ts";

/**
 * Options of built-in stages that say where a run happens and how it is saved; its numbers do not
 * depend on them.
 */
const PLACEMENT_OPTIONS = ["parts", "device", "checkpoint", "firstStep", "keptMeshMiB"];

/** More differences than these are only counted. */
const SHOWN_DIFFERENCES = 3;

/**
 * The identity of a run; reads its data and its code once.
 *
 * @param hasher One for many runs reads the code once for all of them. @default of its own
 * @param contents The same for the data
 */
export async function runIdentityOf(
  spec: PipelineSpec,
  plan: PipelinePlan,
  hasher: CodeHasher = new CodeHasher(),
  contents: ContentHasher = new ContentHasher(),
): Promise<RunIdentity> {
  const data: Record<string, string> = {};
  const code: Record<string, string> = {};
  await Promise.all([...plan.stages.values()].map(async (stage) => {
    code[stage.name] = await hasher.hash(stage.url);
    for (const [option, path] of readPaths(stage)) {
      // What is not there fails the stage, which can say more about it.
      const hash = await contents.hash(path);
      if (hash !== undefined) data[option] = hash;
    }
  }));
  return {
    pipeline: resolvedPipeline(spec, plan),
    data,
    code,
    versions: { haloflow: config.version, deno: Deno.version.deno },
  };
}

/** The pipeline with all options, but for those that say where it runs. */
export function resolvedPipeline(
  spec: PipelineSpec,
  plan: PipelinePlan,
): Readonly<Record<string, unknown>> {
  const stages = Object.entries(spec.stages).map(([name, stage]) => [name, {
    run: stage.run,
    from: inputNames(stage),
    with: resolvedOptions(plan.stages.get(name)!),
  }]);
  return JSON.parse(JSON.stringify({ name: spec.name, stages: Object.fromEntries(stages) }));
}

function resolvedOptions({ url, resolved }: PlannedStage): unknown {
  if (!isBuiltIn(url)) return resolved;
  return Object.fromEntries(
    Object.entries(resolved as object).filter(([name]) => !PLACEMENT_OPTIONS.includes(name)),
  );
}

/**
 * What makes another run of a checkpoint's: options and data; as the end of a sentence, or
 * undefined.
 */
export function runDifferences(there: RunIdentity, here: RunIdentity): string | undefined {
  const options = valueDifferences(there.pipeline, here.pipeline, []);
  const differences = [
    ...options,
    ...keysOfBoth(there.data, here.data)
      .filter((path) => there.data[path] !== here.data[path])
      // A store of another name is told as an option.
      .filter((path) => !options.some((option) => option.startsWith(`${path} `)))
      .map((path) => `the data of ${path} have changed`),
  ];
  if (differences.length === 0) return undefined;
  const more = differences.length - SHOWN_DIFFERENCES;
  return differences.slice(0, SHOWN_DIFFERENCES).join(", ") +
    (more > 0 ? `, and ${more} more` : "");
}

/** The stages whose code has changed since a checkpoint, and the versions; empty if nothing has. */
export function codeDifferences(there: RunIdentity, here: RunIdentity): readonly string[] {
  return [
    ...keysOfBoth(there.versions, here.versions).filter((name) =>
      there.versions[name] !== here.versions[name]
    )
      .map((name) => `${name} ${there.versions[name]} is now ${here.versions[name]}`),
    ...keysOfBoth(there.code, here.code).filter((name) => there.code[name] !== here.code[name])
      .map((name) => `stage "${name}"`),
  ];
}

function valueDifferences(there: unknown, here: unknown, path: readonly string[]): string[] {
  if (isObject(there) && isObject(here)) {
    return keysOfBoth(there, here).flatMap((key) =>
      valueDifferences(there[key], here[key], [...path, key])
    );
  }
  const [was, is] = [there, here].map((value) =>
    value === undefined ? "not set" : JSON.stringify(value)
  );
  return was === is ? [] : [`${path.join(".")} is ${was} there and ${is} here`];
}

function keysOfBoth(there: object, here: object): string[] {
  return [...new Set([...Object.keys(there), ...Object.keys(here)])];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
