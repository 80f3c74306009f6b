import assert from "node:assert/strict";
import { join } from "node:path";
import { Cache } from "../../../../pipeline/run/cache/stage_cache.ts";
import { namesIn } from "../../../scripts/small_darcy.ts";
import { inTemporaryDirectory } from "../../../support/temporary_directory.ts";
import { bytesOf, ENTRIES, keepEntry, keyOf } from "./keeping_process.ts";

/** Processes are killed as soon as this is in the directory in which they make an entry. */
const KILLS = ["lock", "0/files/one", "0/files/deep/two", "0/entry.json"];

/** A cache whose warnings fail the test. */
function soundCache(directory: string, mostBytes?: number): Cache {
  return new Cache(directory, assert.fail, mostBytes === undefined ? {} : { mostBytes });
}

/** Asserts that every entry is whole. @returns How many there are */
async function checkEntries(cache: Cache, directory: string): Promise<number> {
  let count = 0;
  for (let entry = 0; entry < ENTRIES; entry++) {
    using taken = await cache.take(keyOf(entry), true);
    if (taken === undefined) continue;
    count++;
    await taken.restore(directory);
    for (const path of ["one", "deep/two"]) {
      assert.deepEqual(await Deno.readFile(join(directory, path)), bytesOf(entry));
    }
  }
  return count;
}

function startKeeping(cache: string, files: string, rounds: number): Deno.ChildProcess {
  const script = new URL("./keeping_process.ts", import.meta.url).href;
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", script, cache, files, String(rounds)],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}

/** Whether an entry that is being made has a file. */
async function isBeingMade(directory: string, file: string): Promise<boolean> {
  const [partial] = (await namesIn(directory)).filter((name) => name.endsWith(".partial"));
  if (partial === undefined) return false;
  return await Deno.stat(join(directory, partial, file)).then(() => true, () => false);
}

Deno.test("Cache gives what it was given, and takes no other file", () =>
  inTemporaryDirectory(async (home) => {
    const cache = soundCache(join(home, "cache"));
    assert.equal(await cache.take(keyOf(1), true), undefined);
    assert.deepEqual(await cache.list(), []);
    await keepEntry(cache, 1, join(home, "files"));
    await Deno.writeTextFile(join(home, "files", "one"), "changed since");
    assert.equal(await checkEntries(cache, join(home, "restored")), 1);
    assert.deepEqual(await namesIn(join(home, "cache")), [keyOf(1)]);
    const [{ record, byteLength }] = await cache.list();
    assert.deepEqual([record.stage, byteLength], ["stage 1", 400_000]);
    assert.deepEqual(record.files.map(({ path }) => path), ["files/one", "files/deep/two"]);
  }));

Deno.test("Cache drops what was not used for longest, and keeps nothing too large", () =>
  inTemporaryDirectory(async (home) => {
    const directory = join(home, "cache");
    const files = join(home, "files");
    const cache = soundCache(directory, 1_000_000);
    for (const entry of [0, 1, 2]) {
      await keepEntry(cache, entry, files);
      const used = new Date(Date.now() - 1000 * (10 - entry));
      await Deno.utime(join(directory, keyOf(entry)), used, used);
    }
    (await cache.take(keyOf(0), false))![Symbol.dispose]();
    await cache.trim();
    assert.deepEqual(new Set(await namesIn(directory)), new Set([keyOf(0), keyOf(2)]));
    await keepEntry(new Cache(directory, assert.fail, { mostEntryBytes: 399_999 }), 3, files);
    assert.equal(await cache.take(keyOf(3), true), undefined);
  }));

Deno.test("Cache clears what is old enough and not in use", () =>
  inTemporaryDirectory(async (home) => {
    const directory = join(home, "cache");
    const cache = soundCache(directory);
    for (const entry of [0, 1, 2]) await keepEntry(cache, entry, join(home, "files"));
    const longAgo = new Date(Date.now() - 3_600_000);
    for (const entry of [0, 1]) await Deno.utime(join(directory, keyOf(entry)), longAgo, longAgo);
    {
      using held = await new Cache(directory).take(keyOf(0), false);
      // Whoever takes an entry uses it.
      await Deno.utime(join(directory, keyOf(0)), longAgo, longAgo);
      assert.deepEqual(await cache.clear(1800), { count: 1, byteLength: 400_000 });
      await held!.restore(join(home, "restored"));
    }
    assert.deepEqual(await cache.clear(), { count: 2, byteLength: 800_000 });
    assert.deepEqual(await namesIn(directory), []);
  }));

Deno.test("Cache takes a damaged entry for none, says so, and removes it", async (t) => {
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
        const cache = new Cache(directory, (message) => warnings.push(message));
        await keepEntry(cache, 1, join(home, "files"));
        await damage(join(directory, keyOf(1)));
        for (const key of [1, 2].map(keyOf)) assert.equal(await cache.take(key, false), undefined);
        assert.equal(warnings.length, 1);
        assert.match(warnings[0], /is damaged and is made again: /);
        assert.deepEqual(await namesIn(directory), []);
      }));
  }
});

Deno.test("Cache holds entries that are whole, whenever a process that writes them is killed", () =>
  inTemporaryDirectory(async (home) => {
    const directory = join(home, "cache");
    const cache = soundCache(directory);
    let killedWhileWriting = 0;
    for (const written of KILLS) {
      const process = startKeeping(directory, join(home, "files"), 1000);
      // The first entry is made undisturbed.
      while (!(await cache.list()).length || !await isBeingMade(directory, written)) {
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

Deno.test("Cache serves processes that keep, take and clear the same entries at once", () =>
  inTemporaryDirectory(async (home) => {
    const directory = join(home, "cache");
    const processes = ["a", "b"].map((name) => startKeeping(directory, join(home, name), 4));
    for (const process of processes) {
      const printed = await new Response(process.stdout).text();
      assert.deepEqual([printed, (await process.status).code], ["done\n", 0]);
    }
    await checkEntries(soundCache(directory), join(home, "restored"));
  }));
