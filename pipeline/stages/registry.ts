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

/** Module of every built-in stage. */
export const STAGES: Readonly<Record<string, URL>> = Object.fromEntries(
  NAMES.map((name) => [name, new URL(`./${name}.ts`, import.meta.url)]),
);

/** Whether `module` is that of a built-in stage. */
export function isBuiltIn(module: URL): boolean {
  return Object.values(STAGES).some(({ href }) => href === module.href);
}
