/**
 * The built-in stages by the name that a pipeline uses.
 *
 * @module
 */

const NAMES = [
  "case",
  "compare",
  "load",
  "measure",
  "partition",
  "predict",
  "read_model",
  "report",
  "sample",
  "statistics",
  "stitch",
  "train",
  "verify",
  "vtk",
  "write",
] as const;

/** Modules that have another name than their stage. */
const MODULES: Readonly<Record<string, string>> = {
  case: "read_case",
  compare: "check_case",
  measure: "score",
  report: "evaluate",
  verify: "compute_case",
};

/** Module of every built-in stage. */
export const STAGES: Readonly<Record<string, URL>> = Object.fromEntries(
  NAMES.map((name) => [name, new URL(`./${MODULES[name] ?? name}.ts`, import.meta.url)]),
);

/** Whether `module` is that of a built-in stage. */
export function isBuiltIn(module: URL): boolean {
  return Object.values(STAGES).some(({ href }) => href === module.href);
}
