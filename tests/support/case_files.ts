/** The case files of `tests/fixtures/cases`, by name. @module */

import { fileURLToPath } from "node:url";

const directory = new URL("../fixtures/cases/", import.meta.url);

/** Names of all cases, sorted. */
export const CASE_NAMES: readonly string[] = [...Deno.readDirSync(directory)]
  .flatMap(({ name }) => name.endsWith(".safetensors") ? [name.replace(".safetensors", "")] : [])
  .sort();

/** Path of a case file. */
export function casePath(name: string): string {
  return fileURLToPath(new URL(`${name}.safetensors`, directory));
}
