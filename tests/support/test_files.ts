/**
 * Runs the test files of folders as one module, because each test file on its own loads the product
 * anew: `deno test -A tests/support/test_files.ts -- [--except=PATH] PATH...`
 *
 * @module
 */

import { join } from "node:path";
import { pathToFileURL } from "node:url";

const EXCEPT = "--except=";
const excepted = Deno.args.filter((arg) => arg.startsWith(EXCEPT))
  .map((arg) => arg.slice(EXCEPT.length));

for (const path of Deno.args.filter((arg) => !arg.startsWith(EXCEPT))) {
  for (const file of await testFiles(path)) await import(pathToFileURL(file).href);
}

/** The test files in a folder and its folders, sorted; a file is its own list. */
async function testFiles(path: string): Promise<readonly string[]> {
  if (excepted.includes(path)) return [];
  if (path.endsWith(".ts")) return [path];
  const entries = await Array.fromAsync(Deno.readDir(path));
  const lists = entries.toSorted((a, b) => a.name < b.name ? -1 : 1).map(
    async ({ name, isDirectory }) => {
      if (isDirectory) return await testFiles(join(path, name));
      return name.endsWith("_test.ts") ? [join(path, name)] : [];
    },
  );
  return (await Promise.all(lists)).flat();
}
