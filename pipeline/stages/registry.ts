/**
 * The built-in stages by the name that a pipeline uses.
 *
 * @module
 */

/** Names that a pipeline uses, sorted. */
export const STAGE_NAMES = [
  "check_case",
  "compute_case",
  "derive",
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

/** Module of every built-in stage. Former names resolve too, but no list or suggestion has them. */
export const STAGES: Readonly<Record<string, URL>> = Object.defineProperties(
  Object.fromEntries(STAGE_NAMES.map((name) => [name, moduleOf(name)])),
  Object.fromEntries(
    Object.entries(FORMER_NAMES).map(([former, name]) => [
      former,
      { value: moduleOf(name), enumerable: false },
    ]),
  ),
);

/** Whether `module` is that of a built-in stage. */
export function isBuiltIn(module: URL): boolean {
  return Object.values(STAGES).some(({ href }) => href === module.href);
}

/** The current name of a stage that a pipeline may run by a former name. */
export function currentName(run: string): string {
  return Object.hasOwn(FORMER_NAMES, run) ? FORMER_NAMES[run] : run;
}

function moduleOf(name: StageName): URL {
  return new URL(`./${name}.ts`, import.meta.url);
}
