/**
 * Inspects the stages of a pipeline before a run. Built-in stages are imported in the main thread
 * (`load_stage.ts`); custom code only runs in workers, which describe it (`describe_stage.ts`).
 *
 * @module
 */

import { serialize } from "node:v8";
import { messageOf } from "../../../errors.ts";
import { checkOptions } from "./check_options.ts";
import { CodeHasher } from "./code_hash.ts";
import { areWorkersConfined } from "../permissions/confined_workers.ts";
import { describeStage, type StageDescription } from "../workers/describe_stage.ts";
import { loadStage } from "./load_stage.ts";
import {
  checkGranted,
  importPermissions,
  type PermissionLists,
  withRemedy,
} from "../permissions/stage_permissions.ts";
import type { Stage, StageDeclaration } from "./stage.ts";

/** A stage of a pipeline whose module has been located, but not imported. */
export interface FoundStage {
  readonly name: string;
  readonly url: URL;
  /** Base of relative paths in the pipeline. */
  readonly base: URL;
  readonly isBuiltIn: boolean;
  readonly options: Readonly<Record<string, unknown>>;
  /** Permissions that the pipeline grants the stage. */
  readonly permissions: PermissionLists;
}

/** Declaration of a stage, with its options checked. */
export interface InspectedStage {
  readonly stage: StageDeclaration;
  /** The stage itself, if it is built in. */
  readonly builtIn: Stage | undefined;
  /** Options with their defaults; undefined if there are problems. */
  readonly resolved: unknown;
  /** One sentence for each problem with the options. */
  readonly problems: readonly string[];
}

/**
 * Inspects stages. Stages with the same module and permissions share one import.
 *
 * @returns For each stage its declaration or, if its module cannot be imported, the reason: the end
 * of a sentence.
 * @throws {PermissionError} If the process lacks a permission that the pipeline grants a stage.
 */
export async function inspectStages(
  stages: readonly FoundStage[],
): Promise<readonly (InspectedStage | string)[]> {
  if (areWorkersConfined()) {
    checkGranted(new Map(stages.map(({ name, permissions }) => [name, permissions])));
  }
  const groups = Map.groupBy(stages, ({ url, permissions }) => JSON.stringify([url, permissions]));
  const known = new Map<FoundStage, InspectedStage | string>();
  await Promise.all([...groups.values()].map(async (group) => {
    try {
      const found = group[0].isBuiltIn ? await importBuiltIn(group) : await inspectInWorker(group);
      group.forEach((stage, k) => known.set(stage, found[k]));
    } catch (error) {
      for (const stage of group) known.set(stage, withRemedy(messageOf(error)));
    }
  }));
  return stages.map((stage) => known.get(stage)!);
}

async function importBuiltIn(group: readonly FoundStage[]): Promise<readonly InspectedStage[]> {
  const stage = await loadStage(group[0].url);
  return await Promise.all(group.map(async ({ name, options }) => {
    const problems = await checkOptions(stage.options, options, optionsPath(name));
    const resolved = problems.length === 0 ? await stage.options.parseAsync(options) : undefined;
    return { stage, builtIn: stage, resolved, problems };
  }));
}

/** Descriptions by module, permissions and options: a process imports a custom module once. */
const DESCRIPTIONS = new Map<string, Promise<StageDescription>>();

async function inspectInWorker(group: readonly FoundStage[]): Promise<readonly InspectedStage[]> {
  const [{ url }] = group;
  const permissions = areWorkersConfined()
    ? await importPermissions(group[0], new CodeHasher())
    : undefined;
  const options = group.map(({ name, options }) => ({ values: options, path: optionsPath(name) }));
  const key = serialize([url.href, permissions, options]).toString("latin1");
  if (!DESCRIPTIONS.has(key)) DESCRIPTIONS.set(key, describeStage(url, options, permissions));
  try {
    const { options: described, repeats, ...declared } = await DESCRIPTIONS.get(key)!;
    return described.map(({ problems, resolved, writes = [] }) => {
      const repeatsWithWrites = repeats && { ...repeats, writes: () => writes };
      const stage = { ...declared, repeats: repeatsWithWrites };
      return { stage, builtIn: undefined, resolved, problems };
    });
  } catch (error) {
    DESCRIPTIONS.delete(key);
    throw error;
  }
}

function optionsPath(stage: string): string {
  return `stages.${stage}.with`;
}
