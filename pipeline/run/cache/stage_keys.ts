/**
 * The keys of the stages of a pipeline: two stages with one key have the same results.
 *
 * @module
 */

import { cpus } from "node:os";
import { exactJson } from "../../../io/exact_json.ts";
import { sha256 } from "../../../io/sha256.ts";
import { adapterName } from "../../../kernels/webgpu/adapter.ts";
import { CodeHasher } from "../../engine/definition/code_hash.ts";
import { type PipelineIdentity, programVersions } from "../identity/pipeline_identity.ts";

/** The version of the entries that this program reads. */
const FORMAT = 1;

/** The module that runs every stage; its code is part of every key. */
const WORKER = new URL("../../engine/workers/worker.ts", import.meta.url);

/** The keys of a pipeline. */
export interface PipelineKeys {
  /** By name of the stage; stages that may give other results the next time have none. */
  readonly stages: ReadonlyMap<string, string>;
  /** The key of what `modules` compute from all stages; undefined if a stage has no key. */
  combined(modules: readonly URL[], ...settings: readonly string[]): Promise<string | undefined>;
}

/**
 * The keys of the stages that declare their results repeatable and read only from such stages. A
 * key is a hash of the identity of a stage, the keys of the stages that it reads, its ranks, and
 * the processor and GPU: on different hardware, numbers differ by rounding.
 */
export async function pipelineKeys(identity: PipelineIdentity): Promise<PipelineKeys> {
  const { code: hasher } = identity.hashers;
  let adapter: Promise<string | undefined> | undefined;
  const { versions } = identity;
  const worker = await hasher.hash(WORKER);
  const around = { format: FORMAT, worker, versions, machine: machine() };
  const stages = new Map<string, string>();
  for (const { planned, code, data } of identity.stages.values()) {
    const { name, stage, ranks, from, resolved } = planned;
    if (stage.repeats === undefined || !from.every((producer) => stages.has(producer))) continue;
    // A custom stage may see more in its options than the plain data that is known of them.
    const options = planned.builtIn ? keyedOptions(resolved) : [resolved, planned.options];
    const gpu = mayUseGpu(resolved) ? await (adapter ??= adapterName()) : undefined;
    const inputs = from.map((producer) => stages.get(producer));
    stages.set(name, sha256(exactJson({ around, name, code, options, ranks, gpu, data, inputs })));
  }
  const { name } = identity.pipeline;
  return {
    stages,
    async combined(modules, ...settings) {
      if (stages.size < identity.stages.size) return undefined;
      const code = await Promise.all(modules.map((module) => hasher.hash(module)));
      return sha256(JSON.stringify({ name, stages: [...stages], code, settings }));
    },
  };
}

/** The options without the covers that a model only records, and which `finishRun` corrects. */
function keyedOptions(resolved: unknown): object {
  return { ...resolved as object, covers: undefined };
}

/** The platform, and the processor if the process may query it. */
function machine(): object {
  const mayAsk = Deno.permissions.querySync({ name: "sys", kind: "cpus" }).state === "granted";
  return {
    target: Deno.build.target,
    processor: mayAsk ? cpus()[0]?.model : undefined,
  };
}

/** Hashes of modules with all that they import. */
export async function codeHashes(modules: readonly URL[]): Promise<readonly string[]> {
  const hasher = new CodeHasher();
  return await Promise.all(modules.map((module) => hasher.hash(module)));
}

/** The key of the output of a command: hashes of its code, its options, and of its sources. */
export function commandKey(
  code: readonly string[],
  options: unknown,
  data: readonly (string | undefined)[],
): string {
  const around = { format: FORMAT, versions: programVersions(), machine: machine() };
  return sha256(exactJson({ around, code, options, data }));
}

function mayUseGpu(options: unknown): boolean {
  const { device } = options as { readonly device?: unknown };
  return device === "auto" || device === "webgpu";
}
