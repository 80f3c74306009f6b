import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Cache } from "../../../../pipeline/run/cache/stage_cache.ts";
import { makeFiles, type Recipe, whenMade } from "../../../../pipeline/run/cache/reusable_files.ts";
import { inTemporaryDirectory } from "../../../support/temporary_directory.ts";

/** A store that is made of a file by code in a directory. */
function recipeIn(home: string, options: object = { count: 2 }): Recipe {
  return {
    command: "convert",
    modules: [pathToFileURL(join(home, "code.ts"))],
    options,
    sources: [join(home, "source")],
    outputs: [join(home, "store")],
  };
}

async function writeStore(home: string): Promise<void> {
  await Deno.mkdir(join(home, "store", "c"), { recursive: true });
  for (const name of ["c/0", "c/1", "zarr.json"]) {
    await Deno.writeTextFile(join(home, "store", name), name);
  }
}

/** What may happen to a data set that was made, and how it is undone. */
const CHANGES: Readonly<Record<string, readonly [path: string, text: string | undefined]>> = {
  "its source": ["source", "other"],
  "the code that made it": ["code.ts", "// other"],
  "a chunk of it": ["store/c/0", "c/9"],
  "a chunk that is missing": ["store/c/1", undefined],
  "a file beside its chunks": ["store/c/2", "c/2"],
};

Deno.test("whenMade() knows what a command made by all that it depends on, and by its bytes", async (t) => {
  await inTemporaryDirectory(async (home) => {
    const cache = new Cache(join(home, "cache"), assert.fail);
    for (const name of ["source", "code.ts"]) await Deno.writeTextFile(join(home, name), "first");
    assert.equal(await whenMade(cache, recipeIn(home)), undefined);
    await makeFiles(cache, recipeIn(home), () => writeStore(home));
    assert.ok(await whenMade(cache, recipeIn(home)) instanceof Date);
    assert.equal(await whenMade(cache, recipeIn(home, { count: 3 })), undefined);
    for (const [name, [file, text]] of Object.entries(CHANGES)) {
      await t.step(name, async () => {
        const path = join(home, file);
        const before = await Deno.readTextFile(path).catch(() => undefined);
        if (text === undefined) await Deno.remove(path);
        else await Deno.writeTextFile(path, text);
        assert.equal(await whenMade(cache, recipeIn(home)), undefined);
        if (before === undefined) await Deno.remove(path);
        else await Deno.writeTextFile(path, before);
        assert.ok(await whenMade(cache, recipeIn(home)) instanceof Date);
      });
    }
  });
});

Deno.test("makeFiles() remembers nothing that was made while its source changed, or not to its end", () =>
  inTemporaryDirectory(async (home) => {
    const cache = new Cache(join(home, "cache"), assert.fail);
    for (const name of ["source", "code.ts"]) await Deno.writeTextFile(join(home, name), "first");
    await makeFiles(cache, recipeIn(home), async () => {
      await writeStore(home);
      await Deno.writeTextFile(join(home, "source"), "second");
    });
    const failure = new Error("the disk is full");
    await assert.rejects(makeFiles(cache, recipeIn(home), () => Promise.reject(failure)), failure);
    assert.deepEqual(await cache.list(), []);
  }));
