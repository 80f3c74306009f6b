import assert from "node:assert/strict";
import { join } from "node:path";
import { UserError } from "../../errors.ts";
import { hash, KeyedSequence } from "../../pipeline/graph/random.ts";
import { DamagedCopy } from "../../scripts/stress/damaged_copy.ts";
import { mutate } from "../../scripts/stress/mutation.ts";
import { type ReadCounts, readMutated } from "../../scripts/stress/mutated_reads.ts";
import { type Original, readers } from "../../scripts/stress/readers.ts";
import { inTemporaryDirectory } from "../support/temporary_directory.ts";
import { assertMistake, runTask } from "./run_script.ts";

/** Of the 10,000 of `deno task stress`. */
const rounds = { seed: 2, from: 0, count: 120 };

for (const reader of readers) {
  Deno.test(`${reader.name}: damaged files are refused, or read as they were where checksums are`, () =>
    inTemporaryDirectory(async (directory) => {
      const { refused, failures } = await readMutated(reader, rounds, directory);
      assert.deepEqual(failures, []);
      assert.ok(refused > rounds.count / 4, `${refused} refused`);
    }));
}

/** Reads damaged copies of a text as `read` does. */
function readText(read: Original["read"], sealed: boolean): Promise<ReadCounts> {
  return inTemporaryDirectory(async (directory) => {
    const path = join(directory, "text.txt");
    await Deno.writeTextFile(path, "twelve bytes");
    const originals = () => Promise.resolve([{ path, read, sealed }]);
    return await readMutated(
      { name: "text", free: "all", originals },
      { ...rounds, count: 40 },
      directory,
    );
  });
}

Deno.test("readMutated() reports what is read as something else, though it has checksums", async () => {
  const sealed = await readText(Deno.readTextFile, true);
  const free = await readText(Deno.readTextFile, false);
  assert.equal(sealed.failures.length, 20, "it ends early");
  assert.match(
    sealed.failures[0],
    /^\d+: .*text.txt \(.*\): it was read as something else, though it has checksums$/,
  );
  assert.deepEqual([free.failures.length, free.other + free.same], [0, 40]);
});

Deno.test("readMutated() reports errors that are not ours, and long ones", async () => {
  const failing = (error: Error) => (path: string) =>
    path.endsWith("text.txt") ? Promise.resolve("whole") : Promise.reject(error);
  const { failures } = await readText(failing(new TypeError("undefined is not a function")), false);
  assert.match(failures[0], /TypeError: undefined is not a function/);
  assert.equal(
    (await readText(failing(new UserError("a".repeat(10_000))), false)).failures.length,
    20,
  );
  assert.equal((await readText(failing(new UserError("Cannot read")), false)).refused, 40);
});

Deno.test("mutate() makes other bytes, the same for the same key, and leaves its own alone", () => {
  const bytes = Uint8Array.from({ length: 64 }, (_, i) => i);
  const kept = bytes.slice();
  let changed = 0;
  for (let round = 0; round < 500; round++) {
    const make = () => mutate(bytes, new KeyedSequence(hash(round)));
    assert.deepEqual(make(), make());
    if (make().bytes.join() !== kept.join()) changed++;
  }
  assert.deepEqual(bytes, kept);
  assert.ok(changed > 450, `${changed} of 500 changed`);
  assert.equal(mutate(new Uint8Array(), new KeyedSequence(hash(1))).bytes.length, 1);
});

Deno.test("DamagedCopy makes a store whole again after any damage", () =>
  inTemporaryDirectory(async (directory) => {
    const original = "tests/fixtures/io/meshes/v3_raw.zarr";
    const path = join(directory, "copy.zarr");
    const copy = await DamagedCopy.of(original, path);
    const seen = new Set<string>();
    const contents = (root: string, below = ""): Record<string, string> =>
      Object.assign(
        {},
        ...[...Deno.readDirSync(join(root, below))].map(({ name, isDirectory }) =>
          isDirectory
            ? contents(root, join(below, name))
            : { [join(below, name)]: Deno.readFileSync(join(root, below, name)).toHex() }
        ),
      );
    const whole = contents(original);
    for (let round = 0; round < 200; round++) {
      const what = await copy.damage(new KeyedSequence(hash(round)));
      seen.add(/removed$|replaced by|link to outside/.exec(what)?.[0] ?? "bytes");
      await copy.restore();
    }
    assert.deepEqual(contents(path), whole);
    assert.equal(seen.size, 4);
  }));

Deno.test("deno task stress prints a table, and knows its tests", async () => {
  const { code, out } = await runTask(
    "stress",
    "readers",
    "--only",
    "csv",
    "--count",
    "60",
    "--seed",
    "3",
  );
  assert.equal(code, 0);
  assert.match(
    out,
    /readers: csv +│ 60 +│ \d+ refused, \d+ as they were, \d+ otherwise, .* MiB │ yes/,
  );
  assertMistake(
    await runTask("stress", "reader"),
    /no test of that name, did you mean "readers"\?/,
  );
});
