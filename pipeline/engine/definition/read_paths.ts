/**
 * The files and stores that stages read.
 *
 * @module
 */

import type { StageDeclaration } from "./stage.ts";

/** Path of a file or store that a stage reads, and path of the option that names it. */
export type ReadPath = readonly [option: string, path: string];

/** The properties of a stage that determine which files it reads. */
export interface ReadingStage {
  readonly name: string;
  readonly stage: StageDeclaration;
  /** Options with their defaults. */
  readonly resolved: unknown;
}

/** Returns the files and stores that a stage declares to read. */
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
