/**
 * Saves the same entries as every other such process, again and again:
 * `saving_process.ts CACHE FILES ROUNDS`.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { join } from "node:path";
import { StageCache } from "../../../../pipeline/run/cache/stage_cache.ts";

/** Number of entries, each with a file and one in a directory. */
export const ENTRIES = 6;

/** The key of an entry. */
export function keyOf(entry: number): string {
  return createHash("sha256").update(`entry ${entry}`).digest("hex");
}

/** Content of the files of an entry. */
export function bytesOf(entry: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(200_000).fill(entry);
}

/** Saves an entry. @param directory For the files that it copies */
export async function saveEntry(
  cache: StageCache,
  entry: number,
  directory: string,
): Promise<void> {
  await Deno.mkdir(join(directory, "deep"), { recursive: true });
  for (const path of ["one", "deep/two"]) {
    await Deno.writeFile(join(directory, path), bytesOf(entry));
  }
  await using pending = await cache.begin();
  await pending.save({
    key: keyOf(entry),
    pipeline: "test",
    stage: `stage ${entry}`,
    run: "test",
    directory,
    writes: ["one", "deep"],
    tapeCount: 0,
  });
}

if (import.meta.main) {
  const [directory, files, rounds] = Deno.args;
  const cache = new StageCache(directory, (message) => console.log(message));
  for (let round = 0; round < Number(rounds); round++) {
    for (let entry = 0; entry < ENTRIES; entry++) {
      await saveEntry(cache, entry, files);
      using opened = await cache.open(keyOf(entry), true);
      // An entry that another process removes counts as absent.
      await opened?.restore(join(files, "restored"));
    }
    await cache.clear();
  }
  console.log("done");
}
