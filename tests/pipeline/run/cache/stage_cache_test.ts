import assert from "node:assert/strict";
import { join } from "node:path";
import { StageCache } from "../../../../pipeline/run/cache/stage_cache.ts";
import { namesIn } from "../../../scripts/small_darcy.ts";
import { inTemporaryDirectory } from "../../../support/temporary_directory.ts";
import { bytesOf, ENTRIES, keyOf, saveEntry } from "./saving_process.ts";

/** A process is killed as soon as the entry that it writes has this file. */
const KILLS = ["lock", "0/files/one", "0/files/deep/two", "0/entry.json"];

/** A cache whose warnings fail the test. */
function soundCache(directory: string, maxBytes?: number): StageCache {
  return new StageCache(directory, assert.fail, maxBytes === undefined ? {} : { maxBytes });
}

/** Asserts that every entry is complete. @returns Their number */
async function checkEntries(cache: StageCache, directory: string): Promise<number> {
  let count = 0;
  for (let entry = 0; entry < ENTRIES; entry++) {
    using opened = await cache.open(keyOf(entry), true);
    if (opened === undefined) continue;
    count++;
    await opened.restore(directory);
    for (const path of ["one", "deep/two"]) {
      assert.deepEqual(await Deno.readFile(join(directory, path)), bytesOf(entry));
    }
  }
  return count;
}

function startSaving(cache: string, files: string, rounds: number): Deno.ChildProcess {
  const script = new URL("./saving_process.ts", import.meta.url).href;
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", script, cache, files, String(rounds)],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}

/** Whether an entry that is being written has a file. */
async function isWriting(directory: string, file: string): Promise<boolean> {
  const [partial] = (await namesIn(directory)).filter((name) => name.endsWith(".partial"));
  if (partial === undefined) return false;
  return await Deno.stat(join(directory, partial, file)).then(() => true, () => false);
}

Deno.test("StageCache restores the files that it saved, and no others", () =>
  inTemporaryDirectory(async (home) => {
    const cache = soundCache(join(home, "cache"));
    assert.equal(await cache.open(keyOf(1), true), undefined);
    assert.deepEqual(await cache.list(), []);
    await saveEntry(cache, 1, join(home, "files"));
    await Deno.writeTextFile(join(home, "files", "one"), "changed since");
    assert.equal(await checkEntries(cache, join(home, "restored")), 1);
    assert.deepEqual(await namesIn(join(home, "cache")), [keyOf(1)]);
    const [{ record, byteLength }] = await cache.list();
    assert.deepEqual([record.stage, byteLength], ["stage 1", 400_000]);
    assert.deepEqual(record.files.map(({ path }) => path), ["files/one", "files/deep/two"]);
  }));

Deno.test("StageCache evicts the least recently used entry, and saves no oversized ones", () =>
  inTemporaryDirectory(async (home) => {
    const directory = join(home, "cache");
    const files = join(home, "files");
    const cache = soundCache(directory, 1_000_000);
    for (const entry of [0, 1, 2]) {
      await saveEntry(cache, entry, files);
      const used = new Date(Date.now() - 1000 * (10 - entry));
      await Deno.utime(join(directory, keyOf(entry)), used, used);
    }
    (await cache.open(keyOf(0), false))![Symbol.dispose]();
    await cache.trim();
    assert.deepEqual(new Set(await namesIn(directory)), new Set([keyOf(0), keyOf(2)]));
    await saveEntry(new StageCache(directory, assert.fail, { maxEntryBytes: 399_999 }), 3, files);
    assert.equal(await cache.open(keyOf(3), true), undefined);
  }));

Deno.test("StageCache clears entries that are old enough and not in use", () =>
  inTemporaryDirectory(async (home) => {
    const directory = join(home, "cache");
    const cache = soundCache(directory);
    for (const entry of [0, 1, 2]) await saveEntry(cache, entry, join(home, "files"));
    const longAgo = new Date(Date.now() - 3_600_000);
    for (const entry of [0, 1]) await Deno.utime(join(directory, keyOf(entry)), longAgo, longAgo);
    {
      using open = await new StageCache(directory).open(keyOf(0), false);
      // Opening an entry counts as use.
      await Deno.utime(join(directory, keyOf(0)), longAgo, longAgo);
      assert.deepEqual(await cache.clear(1800), { count: 1, byteLength: 400_000 });
      await open!.restore(join(home, "restored"));
    }
    assert.deepEqual(await cache.clear(), { count: 2, byteLength: 800_000 });
    assert.deepEqual(await namesIn(directory), []);
  }));

Deno.test("StageCache treats a damaged entry as absent, warns, and removes it", async (t) => {
  const entry = join("files", "deep", "two");
  const damages: Readonly<Record<string, (path: string) => Promise<void>>> = {
    "a changed byte": async (path) => {
      const bytes = await Deno.readFile(join(path, entry));
      bytes[100_000] ^= 1;
      await Deno.writeFile(join(path, entry), bytes);
    },
    "a file cut short": (path) => Deno.truncate(join(path, entry), 199_999),
    "a missing file": (path) => Deno.remove(join(path, entry)),
    "a record that is cut short": (path) => Deno.truncate(join(path, "entry.json"), 20),
    "the name of another entry": (path) => Deno.rename(path, path.replace(keyOf(1), keyOf(2))),
    "a path that leads out": async (path) => {
      const record = await Deno.readTextFile(join(path, "entry.json"));
      await Deno.writeTextFile(
        join(path, "entry.json"),
        record.replace("files/one", "files/../../one"),
      );
    },
  };
  for (const [name, damage] of Object.entries(damages)) {
    await t.step(name, () =>
      inTemporaryDirectory(async (home) => {
        const directory = join(home, "cache");
        const warnings: string[] = [];
        const cache = new StageCache(directory, (message) => warnings.push(message));
        await saveEntry(cache, 1, join(home, "files"));
        await damage(join(directory, keyOf(1)));
        for (const key of [1, 2].map(keyOf)) assert.equal(await cache.open(key, false), undefined);
        assert.equal(warnings.length, 1);
        assert.match(warnings[0], /are damaged and computed again: /);
        assert.deepEqual(await namesIn(directory), []);
      }));
  }
});

Deno.test("StageCache has only complete entries if processes are killed while writing", () =>
  inTemporaryDirectory(async (home) => {
    const directory = join(home, "cache");
    const cache = soundCache(directory);
    let killedWhileWriting = 0;
    for (const written of KILLS) {
      const process = startSaving(directory, join(home, "files"), 1000);
      // The first entry is saved undisturbed.
      while (!(await cache.list()).length || !await isWriting(directory, written)) {
        await new Promise((resolve) => setTimeout(resolve));
      }
      process.kill("SIGKILL");
      await process.stdout.cancel();
      await process.status;
      await checkEntries(cache, join(home, "restored"));
      const leftovers = (await namesIn(directory)).filter((name) => name.endsWith(".partial"));
      if (leftovers.length > 0) killedWhileWriting++;
      const longAgo = new Date(Date.now() - 3_600_000);
      for (const name of leftovers) await Deno.utime(join(directory, name), longAgo, longAgo);
      await cache.clear();
      assert.deepEqual(await namesIn(directory), []);
    }
    assert.ok(killedWhileWriting > 0, "no process was killed while it wrote");
  }));

Deno.test("StageCache serves processes that concurrently save, open and clear entries", () =>
  inTemporaryDirectory(async (home) => {
    const directory = join(home, "cache");
    const processes = ["a", "b"].map((name) => startSaving(directory, join(home, name), 4));
    for (const process of processes) {
      const printed = await new Response(process.stdout).text();
      assert.deepEqual([printed, (await process.status).code], ["done\n", 0]);
    }
    await checkEntries(soundCache(directory), join(home, "restored"));
  }));
