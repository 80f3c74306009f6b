/**
 * The built-in stages by the name that a pipeline uses.
 *
 * @module
 */

/** Names that a pipeline uses, sorted. */
export const STAGE_NAMES = [
  "check_case",
  "compute_case",
  "evaluate",
  "load",
  "partition",
  "predict",
  "read_case",
  "read_model",
  "sample",
  "score",
  "statistics",
  "stitch",
  "train",
  "vtk",
  "write",
] as const;

/** Name of a built-in stage. */
export type StageName = (typeof STAGE_NAMES)[number];

/** Names of earlier versions, which pipeline files may still use. */
const FORMER_NAMES: Readonly<Record<string, StageName>> = {
  case: "read_case",
  compare: "check_case",
  measure: "score",
  report: "evaluate",
  verify: "compute_case",
};

/** Module of every built-in stage. */
export const STAGES: Readonly<Record<string, URL>> = Object.fromEntries([
  ...STAGE_NAMES.map((name) => [name, moduleOf(name)]),
  ...Object.entries(FORMER_NAMES).map(([former, name]) => [former, moduleOf(name)]),
]);

/** Whether `module` is that of a built-in stage. */
export function isBuiltIn(module: URL): boolean {
  return Object.values(STAGES).some(({ href }) => href === module.href);
}

/** The name by which a pipeline runs a stage, with names of earlier versions brought up to date. */
export function currentName(run: string): string {
  return Object.hasOwn(FORMER_NAMES, run) ? FORMER_NAMES[run] : run;
}

function moduleOf(name: StageName): URL {
  return new URL(`./${name}.ts`, import.meta.url);
}
