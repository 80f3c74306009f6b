/** Flow cases that VTK wrote, and what tests do with them. @module */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { MeshSample, MeshStore } from "../../../io/mesh_store.ts";
import { inTemporaryDirectory } from "../../support/temporary_directory.ts";

/** A folder of cases. */
export function fixture(...path: readonly string[]): string {
  return fileURLToPath(new URL(`../../fixtures/flow_cases/${path.join("/")}`, import.meta.url));
}

/** Runs a test with a copy of a folder of cases. */
export async function withCopy(
  folder: string,
  test: (copy: string) => Promise<void>,
): Promise<void> {
  await inTemporaryDirectory(async (directory) => {
    const copy = join(directory, folder);
    copyFolder(fixture(folder), copy);
    await test(copy);
  });
}

function copyFolder(from: string, to: string): void {
  Deno.mkdirSync(to, { recursive: true });
  for (const { name, isDirectory } of Deno.readDirSync(from)) {
    if (isDirectory) copyFolder(join(from, name), join(to, name));
    else Deno.writeFileSync(join(to, name), Deno.readFileSync(join(from, name)));
  }
}

/** Replaces text in a file. */
export function editText(path: string, from: string | RegExp, to: string): void {
  const text = Deno.readTextFileSync(path);
  const edited = text.replace(from, to);
  if (edited === text) throw new Error(`${path} has no ${from}`);
  Deno.writeTextFileSync(path, edited);
}

/** All samples with their cells. */
export function readAll(store: MeshStore): Promise<MeshSample[]> {
  return Array.fromAsync(
    { length: store.sampleCount },
    (_, index) => store.read(index, { cells: store.attributes.cells ?? false }),
  );
}

/** The largest difference between `[N, components]` numbers and those of a closed form. */
export function largestDifference(
  values: Float32Array,
  components: number,
  expected: (node: number) => readonly number[],
): number {
  let largest = 0;
  for (let node = 0; node < values.length / components; node++) {
    expected(node).forEach((value, c) => {
      largest = Math.max(largest, Math.abs(value - values[components * node + c]));
    });
  }
  return largest;
}
