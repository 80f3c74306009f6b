/**
 * Keeps the same entries as every other such process, again and again:
 * `keeping_process.ts CACHE FILES ROUNDS`. @module
 */

import { createHash } from "node:crypto";
import { join } from "node:path";
import { Cache } from "../../../../pipeline/run/cache/stage_cache.ts";

/** Entries that there are to keep, each with a file in a directory and one beside it. */
export const ENTRIES = 6;

/** The key of an entry. */
export function keyOf(entry: number): string {
  return createHash("sha256").update(`entry ${entry}`).digest("hex");
}

/** What the files of an entry hold. */
export function bytesOf(entry: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(200_000).fill(entry);
}

/** Keeps an entry. @param directory For what it is a copy of */
export async function keepEntry(cache: Cache, entry: number, directory: string): Promise<void> {
  await Deno.mkdir(join(directory, "deep"), { recursive: true });
  for (const path of ["one", "deep/two"]) {
    await Deno.writeFile(join(directory, path), bytesOf(entry));
  }
  await using pending = await cache.begin();
  await pending.keep({
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
  const cache = new Cache(directory, (message) => console.log(message));
  for (let round = 0; round < Number(rounds); round++) {
    for (let entry = 0; entry < ENTRIES; entry++) {
      await keepEntry(cache, entry, files);
      using taken = await cache.take(keyOf(entry), true);
      // One that another process is removing is not there.
      await taken?.restore(join(files, "restored"));
    }
    await cache.clear();
  }
  console.log("done");
}
