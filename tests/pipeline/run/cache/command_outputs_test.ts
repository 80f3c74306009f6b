import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { SourceHasher } from "../../../../io/source_hasher.ts";
import { StageCache } from "../../../../pipeline/run/cache/stage_cache.ts";
import {
  createdAt,
  createOutputs,
  type Recipe,
} from "../../../../pipeline/run/cache/command_outputs.ts";
import { inTemporaryDirectory } from "../../../support/temporary_directory.ts";

/** A store that code in a directory creates from a file. */
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

/** Changes of a data set or its sources: the new text of a file, undefined to remove it. */
const CHANGES: Readonly<Record<string, readonly [path: string, text: string | undefined]>> = {
  "the source": ["source", "other"],
  "the code": ["code.ts", "// other"],
  "a chunk": ["store/c/0", "c/9"],
  "a missing chunk": ["store/c/1", undefined],
  "an additional file": ["store/c/2", "c/2"],
};

Deno.test("createdAt() is undefined if outputs, sources or code have changed", async (t) => {
  await inTemporaryDirectory(async (home) => {
    const cache = new StageCache(join(home, "cache"), assert.fail);
    for (const name of ["source", "code.ts"]) await Deno.writeTextFile(join(home, name), "first");
    assert.equal(await createdAt(cache, recipeIn(home)), undefined);
    await createOutputs(cache, recipeIn(home), () => writeStore(home));
    assert.ok(await createdAt(cache, recipeIn(home)) instanceof Date);
    assert.equal(await createdAt(cache, recipeIn(home, { count: 3 })), undefined);
    for (const [name, [file, text]] of Object.entries(CHANGES)) {
      await t.step(name, async () => {
        const path = join(home, file);
        const before = await Deno.readTextFile(path).catch(() => undefined);
        if (text === undefined) await Deno.remove(path);
        else await Deno.writeTextFile(path, text);
        assert.equal(await createdAt(cache, recipeIn(home)), undefined);
        if (before === undefined) await Deno.remove(path);
        else await Deno.writeTextFile(path, before);
        assert.ok(await createdAt(cache, recipeIn(home)) instanceof Date);
      });
    }
  });
});

Deno.test("createOutputs() saves nothing if a source changed or the command failed", () =>
  inTemporaryDirectory(async (home) => {
    const cache = new StageCache(join(home, "cache"), assert.fail);
    for (const name of ["source", "code.ts"]) await Deno.writeTextFile(join(home, name), "first");
    await createOutputs(cache, recipeIn(home), async () => {
      await writeStore(home);
      await Deno.writeTextFile(join(home, "source"), "second");
    });
    const failure = new Error("the disk is full");
    await assert.rejects(
      createOutputs(cache, recipeIn(home), () => Promise.reject(failure)),
      failure,
    );
    assert.deepEqual(await cache.list(), []);
  }));

Deno.test("createOutputs() reads sources once, after the command, which may refuse them", () =>
  inTemporaryDirectory(async (home) => {
    const cache = new StageCache(join(home, "cache"), assert.fail);
    for (const name of ["source", "code.ts"]) await Deno.writeTextFile(join(home, name), "first");
    const reads: string[] = [];
    // Two seconds later, when no file has just changed.
    const hasher = () =>
      new SourceHasher(
        { onProgress: (done, total) => reads.push(`${done} of ${total}`) },
        () => Date.now() + 2000,
      );
    const first = hasher();
    assert.equal(await createdAt(cache, recipeIn(home), first), undefined);
    const refusal = new Error("too large");
    await assert.rejects(
      createOutputs(cache, recipeIn(home), () => Promise.reject(refusal), first),
      refusal,
    );
    assert.deepEqual(reads, []);
    await createOutputs(cache, recipeIn(home), () => writeStore(home), first);
    assert.deepEqual(reads, ["5 of 5"]);
    const second = hasher();
    assert.ok(await createdAt(cache, recipeIn(home), second) instanceof Date);
    await createOutputs(cache, recipeIn(home), () => writeStore(home), second);
    assert.deepEqual(reads, ["5 of 5", "5 of 5"]);
    await createOutputs(cache, recipeIn(home, { count: 9 }), async () => {
      await Deno.writeTextFile(join(home, "source"), "other");
    }, hasher());
    assert.equal((await cache.list()).length, 1);
  }));
