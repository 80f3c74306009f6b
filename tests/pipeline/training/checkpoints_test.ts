import assert from "node:assert/strict";
import { join } from "node:path";
import { readCheckpoint } from "../../../pipeline/training/checkpoint_file.ts";
import { CheckpointWriter, listCheckpoints } from "../../../pipeline/training/checkpoints.ts";
import { inTemporaryDirectory } from "../../support/temporary_directory.ts";
import { checkpointOf, run } from "../stages/small_checkpoint.ts";

async function stepsIn(directory: string): Promise<readonly number[]> {
  return (await listCheckpoints(directory)).map(({ step }) => step);
}

Deno.test(
  "CheckpointWriter retains the last checkpoints, and continues if one cannot be " + "written",
  () =>
    inTemporaryDirectory(async (scratch) => {
      const directory = join(scratch, "checkpoints");
      const aside = join(scratch, "aside");
      const warnings: string[] = [];
      const options = { directory, every: { steps: 2 }, run };
      const writer = new CheckpointWriter(options, "model", 0, (warning) => warnings.push(warning));
      for (const step of [2, 4, 6]) await writer.write(checkpointOf(step));
      assert.deepEqual(await stepsIn(directory), [6, 4]);
      await Deno.rename(directory, aside);
      await Deno.writeTextFile(directory, "a file where the directory was");
      await writer.write(checkpointOf(8));
      assert.equal(warnings.length, 1);
      assert.match(
        warnings[0],
        /^Cannot write ".*-00000008\.safetensors": .*; training continues with .* of step 6$/,
      );
      await writer.write(checkpointOf(8));
      assert.equal(warnings.length, 1, "once for each that is due");
      assert.deepEqual([writer.isDue(9), writer.isDue(10)], [false, true]);
      await Deno.remove(directory);
      await Deno.rename(aside, directory);
      assert.deepEqual(await stepsIn(directory), [6, 4]);
      await writer.write(checkpointOf(10));
      assert.deepEqual(await stepsIn(directory), [10, 6]);
      const [{ path }] = await listCheckpoints(directory);
      assert.deepEqual(await readCheckpoint(path), { ...checkpointOf(10), run });
      assert.equal(warnings.length, 1);
    }),
);

Deno.test("CheckpointWriter warns if there is no checkpoint at all", () =>
  inTemporaryDirectory(async (scratch) => {
    const directory = join(scratch, "checkpoints");
    const warnings: string[] = [];
    await Deno.writeTextFile(directory, "a file where the directory is to be");
    const options = { directory, every: { seconds: 60 }, run };
    const writer = new CheckpointWriter(options, "model", 0, (warning) => warnings.push(warning));
    await writer.write(checkpointOf(3));
    assert.match(
      warnings.join("\n"),
      /^Cannot write ".*": .*; training continues without a checkpoint$/,
    );
  }));
