/**
 * The files and stores that stages read.
 *
 * @module
 */

import type { PlannedStage } from "../engine/validate.ts";

/** The path of something that a stage reads, with that of the option that names it. */
export type ReadPath = readonly [option: string, path: string];

/** The paths of what a stage reads, as it states. */
export function readPaths({ name, stage, resolved }: PlannedStage): readonly ReadPath[] {
  const names = stage.repeats?.reads ?? [];
  return pathsIn(resolved, names, `stages.${name}.with`, false);
}

function pathsIn(value: unknown, names: readonly string[], at: string, isNamed: boolean): ReadPath[] {
  if (typeof value === "string") return isNamed ? [[at, value]] : [];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, part]) =>
    pathsIn(part, names, `${at}.${name}`, isNamed || names.includes(name))
  );
}
