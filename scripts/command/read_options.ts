/**
 * Options of pipelines that name files and stores.
 *
 * @module
 */

import type { PipelineSpec, StageSpec } from "../../pipeline/engine/definition/spec.ts";
import { currentName } from "../../pipeline/stages/registry.ts";
import { isInProject, namedPath } from "./paths.ts";

/** Options of built-in stages, at any depth, that name a file or store to read. */
export const READ_OPTIONS: Readonly<Record<string, string>> = {
  load: "store",
  train: "initFrom",
  read_model: "file",
  read_case: "file",
  compute_case: "file",
  check_case: "file",
};

/**
 * A pipeline whose built-in stages read the files that its paths mean where the user stands.
 *
 * @param fixed Path of a data set of the project, which stays as it is
 */
export function withUserPaths(spec: PipelineSpec, fixed?: string): PipelineSpec {
  if (isInProject()) return spec;
  const change = (path: string) => path === fixed ? path : namedPath(path);
  const stages = Object.entries(spec.stages).map(([name, stage]) => [name, changed(stage, change)]);
  return { ...spec, stages: Object.fromEntries(stages) };
}

function changed(stage: StageSpec, change: (path: string) => string): StageSpec {
  const run = currentName(stage.run);
  if (stage.with === undefined || !Object.hasOwn(READ_OPTIONS, run)) return stage;
  const part = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(part);
    if (typeof value !== "object" || value === null) return value;
    const entries = Object.entries(value).map((
      [name, item],
    ) => [
      name,
      name === READ_OPTIONS[run] && typeof item === "string" ? change(item) : part(item),
    ]);
    return Object.fromEntries(entries);
  };
  return { ...stage, with: part(stage.with) as StageSpec["with"] };
}
