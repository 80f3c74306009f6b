import assert from "node:assert/strict";
import fc from "fast-check";
import { join } from "node:path";
import { UserError } from "../../errors.ts";
import { inTemporaryDirectory } from "../support/temporary_directory.ts";
import { editBytes, edits } from "./damage.ts";
import { DamagedCopy, damages } from "./damaged_copy.ts";
import { type ReadCounts, readDamaged } from "./damaged_reads.ts";
import { type Original, READERS } from "./readers.ts";
import { stressRuns } from "./stress_runs.ts";

for (const reader of READERS) {
  Deno.test(`${reader.name}: damaged files are refused, or unchanged where checksums are`, () =>
    inTemporaryDirectory(async (directory) => {
      const parameters = stressRuns();
      const { refused, whole, other } = await readDamaged(reader, parameters, directory);
      assert.equal(refused + whole + other, parameters.numRuns);
      assert.ok(refused > parameters.numRuns / 4, `${refused} refused`);
      if (reader.name === "zarr") assert.equal(other, 0);
    }));
}

/** Reads damaged copies of a text as `read` does. */
function readText(read: Original["read"], sealed: boolean): Promise<ReadCounts> {
  return inTemporaryDirectory(async (directory) => {
    const path = join(directory, "text.txt");
    await Deno.writeTextFile(path, "twelve bytes");
    const originals = () => Promise.resolve([{ path, read, sealed }]);
    return await readDamaged({ originals }, { numRuns: 40, seed: 2 }, directory);
  });
}

/** Reads the original, and fails on damaged copies. */
function failWith(error: Error): Original["read"] {
  return (path) => path.endsWith("text.txt") ? Promise.resolve("whole") : Promise.reject(error);
}

Deno.test("readDamaged() fails if a file with checksums is read as something else", async () => {
  await assert.rejects(
    readText(Deno.readTextFile, true),
    /read as something else, though it has checksums/,
  );
  const { whole, other } = await readText(Deno.readTextFile, false);
  assert.equal(whole + other, 40);
});

Deno.test("readDamaged() fails on errors that are not ours, and on long ones", async () => {
  for (
    const error of [new TypeError("undefined is not a function"), new UserError("a".repeat(10_000))]
  ) {
    await assert.rejects(readText(failWith(error), false), /not one of ours/);
  }
  assert.equal((await readText(failWith(new UserError("Cannot read")), false)).refused, 40);
});

Deno.test("editBytes() changes most files and leaves the given bytes unchanged", () => {
  const bytes = Uint8Array.from({ length: 64 }, (_, i) => i);
  const original = bytes.slice();
  const edited = fc.sample(edits, { numRuns: 500, seed: 1 }).map((list) => editBytes(bytes, list));
  assert.deepEqual(bytes, original);
  const changedCount = edited.filter((result) => result.join() !== original.join()).length;
  assert.ok(changedCount > 450, `${changedCount} of 500 changed`);
  for (const [first] of fc.sample(edits, 50)) {
    assert.equal(editBytes(new Uint8Array(), [first]).length, 1);
  }
});

Deno.test("DamagedCopy restores a store after any damage", () =>
  inTemporaryDirectory(async (directory) => {
    const original = "tests/fixtures/io/meshes/v3_raw.zarr";
    const path = join(directory, "copy.zarr");
    const copy = await DamagedCopy.of(original, path);
    const intact = contentsOf(original);
    let changedCount = 0;
    const drawn = fc.sample(damages, { numRuns: 200, seed: 1 });
    for (const damage of drawn) {
      await copy.damage(damage);
      if (JSON.stringify(contentsOf(path)) !== JSON.stringify(intact)) changedCount++;
      await copy.restore();
      assert.deepEqual(contentsOf(path), intact);
    }
    assert.equal(new Set(drawn.map(({ kind }) => kind)).size, 4);
    assert.ok(changedCount > 160, `${changedCount} of 200 changed`);
  }));

/** The files of a folder as text, those that are links marked as such. */
function contentsOf(root: string, below = ""): Record<string, string> {
  return Object.assign(
    {},
    ...[...Deno.readDirSync(join(root, below))].map(({ name, isDirectory, isSymlink }) =>
      isDirectory ? contentsOf(root, join(below, name)) : {
        [join(below, name)]: `${isSymlink} ${Deno.readFileSync(join(root, below, name)).toHex()}`,
      }
    ),
  );
}
