import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { contentHash, contentStamp } from "../../io/content_hash.ts";
import { createMeshStore } from "../../io/mesh_store.ts";
import { SourceHasher } from "../../io/source_hasher.ts";
import { inTemporaryDirectory } from "../support/temporary_directory.ts";

/** Writes files into a new directory. */
async function write(directory: string, files: Readonly<Record<string, string>>): Promise<string> {
  for (const [name, text] of Object.entries(files)) {
    await Deno.mkdir(join(directory, name, ".."), { recursive: true });
    await Deno.writeTextFile(join(directory, name), text);
  }
  return directory;
}

Deno.test("contentHash() depends on contents and names, not on their location", () =>
  inTemporaryDirectory(async (root) => {
    const files = { "a/1": "one", "a/2": "two", b: "three" };
    let count = 0;
    const hashOf = async (files: Readonly<Record<string, string>>) =>
      await contentHash(await write(join(root, `${count++}`), files));
    const hash = await hashOf(files);
    assert.equal(await hashOf(files), hash);
    const others = [
      { ...files, b: "threE" },
      { "a/1": "one", "a/2": "two", c: "three" },
      { "a/1": "onet", "a/2": "wo", b: "three" },
      { "a/1": "one", b: "three" },
      { ...files, "a/3": "" },
    ];
    const hashes = await Promise.all(others.map(hashOf));
    assert.equal(new Set([hash, ...hashes]).size, 6);
    assert.equal(await contentHash(join(root, "nowhere")), undefined);
    const large = join(root, "large");
    const zeros = new Uint8Array(17 * 2 ** 20);
    await Deno.writeFile(large, zeros);
    const expected = createHash("sha256").update(`file ${zeros.length}\n`).update(zeros).digest(
      "hex",
    );
    assert.equal(await contentHash(large), expected);
    const file = createHash("sha256").update("file 5\nthree").digest("hex");
    assert.equal(await contentHash(join(root, "0", "b")), file);
  }));

Deno.test("contentHash() of a sealed store depends on its numbers and attributes", () =>
  inTemporaryDirectory(async (root) => {
    let count = 0;
    const hashOf = async (value: number, split: string) => {
      const path = join(root, `${count++}.zarr`);
      const store = await createMeshStore(path, {
        case: "test",
        dimensions: 1,
        fields: { a: { components: 1, unit: "" } },
        splits: { [split]: [0] },
      });
      const position = Float32Array.of(0, 1, 2);
      await store.add({ id: "mesh", position, fields: { a: Float32Array.of(0, value, 0) } });
      await store.close();
      return await contentHash(path);
    };
    const hash = await hashOf(1, "train");
    assert.equal(await hashOf(1, "train"), hash);
    assert.notEqual(await hashOf(2, "train"), hash);
    assert.notEqual(await hashOf(1, "test"), hash);
  }));

Deno.test("a hash stops at a signal, and its stamp changes with a file", () =>
  inTemporaryDirectory(async (root) => {
    const path = await write(root, { "a/1": "one", "a/2": "two" });
    await assert.rejects(contentHash(path, { signal: AbortSignal.abort(new Error("enough")) }), {
      message: "enough",
    });
    const stamp = await contentStamp(path);
    assert.equal(stamp?.byteLength, 6);
    assert.deepEqual(await contentStamp(path), stamp);
    await Deno.utime(join(path, "a/1"), 1, 1);
    assert.notEqual((await contentStamp(path))?.text, stamp.text);
    await Deno.rename(join(path, "a/2"), join(path, "a/3"));
    assert.match((await contentStamp(path))!.text, /\["1","3"\]/);
    assert.equal(await contentStamp(join(root, "nowhere")), undefined);
  }));

Deno.test("a SourceHasher reads sources again that changed just before", () =>
  inTemporaryDirectory(async (root) => {
    const path = join(root, "source");
    await Deno.writeTextFile(path, "one");
    const { changedAt } = (await contentStamp(path))!;
    const hasher = new SourceHasher({}, () => changedAt + 1);
    const state = await hasher.state([path, join(root, "nowhere")]);
    const [hash] = await hasher.hash([path]);
    assert.equal(hash, await contentHash(path));
    assert.ok(await hasher.isAsIn([path, join(root, "nowhere")], state));
    assert.ok(state.hashes.has(path));
    await Deno.writeTextFile(path, "two");
    assert.notEqual((await hasher.hash([path]))[0], hash);
    assert.ok(!await hasher.isAsIn([path, join(root, "nowhere")], state));
  }));
