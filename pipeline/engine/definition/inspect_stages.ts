/**
 * What the main thread knows of the stages of a pipeline: it imports the built-in ones; code of the
 * user's own runs in workers.
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

/** A stage of a pipeline whose module has been found. */
export interface FoundStage {
  readonly name: string;
  readonly url: URL;
  /** What paths of the pipeline are relative to. */
  readonly base: URL;
  readonly isBuiltIn: boolean;
  readonly options: Readonly<Record<string, unknown>>;
  /** What the pipeline allows the stage. */
  readonly permissions: PermissionLists;
}

/** What is known of a stage. */
export interface InspectedStage {
  readonly stage: StageDeclaration;
  /** The stage itself, if it is built in. */
  readonly builtIn: Stage | undefined;
  /** Options with their defaults; undefined if there are problems. */
  readonly resolved: unknown;
  /** What is wrong with its options, one sentence each. */
  readonly problems: readonly string[];
}

/**
 * What is known of each stage, or why nothing is: the end of a sentence. A module is imported once
 * for all stages that have it and the same permissions.
 *
 * @throws {PermissionError} If the process has not what a stage is allowed.
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
      const found = group[0].isBuiltIn ? await readBuiltIn(group) : await askWorker(group);
      group.forEach((stage, k) => known.set(stage, found[k]));
    } catch (error) {
      for (const stage of group) known.set(stage, withRemedy(messageOf(error)));
    }
  }));
  return stages.map((stage) => known.get(stage)!);
}

async function readBuiltIn(group: readonly FoundStage[]): Promise<readonly InspectedStage[]> {
  const stage = await loadStage(group[0].url);
  return await Promise.all(group.map(async ({ name, options }) => {
    const problems = await checkOptions(stage.options, options, optionsPath(name));
    const resolved = problems.length === 0 ? await stage.options.parseAsync(options) : undefined;
    return { stage, builtIn: stage, resolved, problems };
  }));
}

/**
 * What workers have said; a module is imported once by a process, as it is where it is imported
 * directly.
 */
const answers = new Map<string, Promise<StageDescription>>();

async function askWorker(group: readonly FoundStage[]): Promise<readonly InspectedStage[]> {
  const [{ url }] = group;
  const permissions = areWorkersConfined()
    ? await importPermissions(group[0], new CodeHasher())
    : undefined;
  const options = group.map(({ name, options }) => ({ values: options, path: optionsPath(name) }));
  const key = serialize([url.href, permissions, options]).toString("latin1");
  if (!answers.has(key)) answers.set(key, describeStage(url, options, permissions));
  try {
    const { options: described, repeats, ...declared } = await answers.get(key)!;
    return described.map(({ problems, resolved, writes = [] }) => {
      const stage = {
        ...declared,
        ...(repeats && { repeats: { ...repeats, writes: () => writes } }),
      };
      return { stage, builtIn: undefined, resolved, problems };
    });
  } catch (error) {
    answers.delete(key);
    throw error;
  }
}

function optionsPath(stage: string): string {
  return `stages.${stage}.with`;
}
