/**
 * The files and stores that stages read.
 *
 * @module
 */

import type { StageDeclaration } from "./stage.ts";

/** The path of something that a stage reads, with that of the option that names it. */
export type ReadPath = readonly [option: string, path: string];

/** As much of a stage as the paths depend on. */
export interface ReadingStage {
  readonly name: string;
  readonly stage: StageDeclaration;
  /** Options with their defaults. */
  readonly resolved: unknown;
}

/** The paths of what a stage reads, as it states. */
export function readPaths({ name, stage, resolved }: ReadingStage): readonly ReadPath[] {
  const names = stage.repeats?.reads ?? [];
  return pathsIn(resolved, names, `stages.${name}.with`, false);
}

function pathsIn(
  value: unknown,
  names: readonly string[],
  at: string,
  isNamed: boolean,
): ReadPath[] {
  if (typeof value === "string") return isNamed ? [[at, value]] : [];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, part]) =>
    pathsIn(part, names, `${at}.${name}`, isNamed || names.includes(name))
  );
}
