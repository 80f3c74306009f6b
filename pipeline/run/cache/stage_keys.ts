/**
 * The keys of the stages of a pipeline: two stages with one key have the same results.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { cpus } from "node:os";
import config from "../../../deno.json" with { type: "json" };
import { contentHash, ContentHasher } from "../../../io/content_hash.ts";
import { adapterName } from "../../../kernels/webgpu/adapter.ts";
import { CodeHasher } from "../../engine/definition/code_hash.ts";
import { readPaths } from "../../engine/definition/read_paths.ts";
import type { PipelinePlan } from "../../engine/definition/validate.ts";
import { exactJson } from "../../../io/exact_json.ts";

/** Which entries this program understands. */
const FORMAT = 1;

/** What runs around every stage, whose code counts for each. */
const WORKER = new URL("../../engine/workers/worker.ts", import.meta.url);

/** The keys of a pipeline. */
export interface PipelineKeys {
  /** By name of the stage; those without are not known to do the same again. */
  readonly stages: ReadonlyMap<string, string>;
  /** The key of what `modules` make of all stages; undefined if one of them has none. */
  whole(modules: readonly URL[], ...settings: readonly string[]): Promise<string | undefined>;
}

/**
 * The keys of the stages that state whether they do the same again, and that read from such stages
 * only. A key is a hash of options with their defaults, ranks, the code with all that it imports,
 * the data that options name, the keys of the stages that are read, versions of packages, and
 * processor and GPU: on another one, numbers differ by rounding.
 *
 * @param hasher Knows the code that was read before. @default reads it now
 * @param contents The same for the data
 */
export async function pipelineKeys(
  plan: PipelinePlan,
  hasher: CodeHasher = new CodeHasher(),
  contents: ContentHasher = new ContentHasher(),
): Promise<PipelineKeys> {
  let adapter: Promise<string | undefined> | undefined;
  const around = { format: FORMAT, worker: await hasher.hash(WORKER), machine: machine() };
  const stages = new Map<string, string>();
  for (const planned of plan.stages.values()) {
    const { name, url, stage, ranks, from, resolved } = planned;
    if (stage.repeats === undefined || !from.every((producer) => stages.has(producer))) continue;
    // Those of a stage of the user's own may have been more than the plain data that is known of
    // them.
    const options = planned.builtIn ? resolved : [resolved, planned.options];
    const data = await Promise.all(
      readPaths(planned).map(async ([option, path]) => [option, await contents.hash(path)]),
    );
    const gpu = mayUseGpu(resolved) ? await (adapter ??= adapterName()) : undefined;
    const inputs = from.map((producer) => stages.get(producer));
    const code = await hasher.hash(url);
    stages.set(name, sha256(exactJson({ around, name, code, options, ranks, gpu, data, inputs })));
  }
  return {
    stages,
    async whole(modules, ...settings) {
      if (stages.size < plan.stages.size) return undefined;
      const code = await Promise.all(modules.map((module) => hasher.hash(module)));
      return sha256(JSON.stringify({ name: plan.name, stages: [...stages], code, settings }));
    },
  };
}

/** What computes: versions, and the processor as far as it may be asked. */
function machine(): object {
  const mayAsk = Deno.permissions.querySync({ name: "sys", kind: "cpus" }).state === "granted";
  return {
    deno: Deno.version.deno,
    packages: config.imports,
    target: Deno.build.target,
    processor: mayAsk ? cpus()[0]?.model : undefined,
  };
}

/** The key of what a command makes of files: of its code, its options, and what the files hold. */
export async function commandKey(
  modules: readonly URL[],
  options: unknown,
  sources: readonly string[],
): Promise<string> {
  const hasher = new CodeHasher();
  const code = await Promise.all(modules.map((module) => hasher.hash(module)));
  const data = await Promise.all(sources.map(contentHash));
  return sha256(exactJson({ format: FORMAT, machine: machine(), code, options, data }));
}

function mayUseGpu(options: unknown): boolean {
  const { device } = options as { readonly device?: unknown };
  return device === "auto" || device === "webgpu";
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
