import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { contentHash } from "../../io/content_hash.ts";
import { createMeshStore } from "../../io/mesh_store.ts";
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
