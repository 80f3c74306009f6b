import assert from "node:assert/strict";
import { join } from "node:path";
import { findResumePoints } from "../../../../pipeline/run/resume/resume_points.ts";
import type { RunIdentity } from "../../../../pipeline/training/checkpoint_file.ts";
import { writeCheckpoint } from "../../../../pipeline/training/checkpoint_file.ts";
import { inTemporaryDirectory } from "../../../support/temporary_directory.ts";
import { checkpointOf } from "../../stages/small_checkpoint.ts";

const current: RunIdentity = {
  pipeline: { hops: 4 },
  data: { store: "abc" },
  code: { model: "def" },
  versions: { haloflow: "1" },
};

/** Writes a checkpoint. @returns Its path */
async function write(
  directory: string,
  step: number,
  run = current,
  stage = "model",
): Promise<string> {
  const path = join(directory, `${stage}-${String(step).padStart(8, "0")}.safetensors`);
  await writeCheckpoint(path, { ...checkpointOf(step), run });
  return path;
}

Deno.test("findResumePoints() gives the last checkpoint of every training", () =>
  inTemporaryDirectory(async (directory) => {
    assert.deepEqual(await findResumePoints(join(directory, "none"), current), {
      points: [],
      warnings: [],
    });
    for (const step of [9, 12]) await write(directory, step);
    await write(directory, 3, current, "other");
    const { points, warnings } = await findResumePoints(directory, current);
    assert.deepEqual(warnings, []);
    assert.deepEqual(points.map(({ stage, step, steps }) => [stage, step, steps]), [
      ["model", 12, 99],
      ["other", 3, 99],
    ]);
  }));

Deno.test(
  "findResumePoints() skips damaged checkpoints with a warning, if there is a valid one",
  () =>
    inTemporaryDirectory(async (directory) => {
      const [first, second] = [await write(directory, 9), await write(directory, 12)];
      const bytes = await Deno.readFile(second);
      await Deno.writeFile(second, bytes.with(-1, bytes[bytes.length - 1] ^ 1));
      const { points, warnings } = await findResumePoints(directory, current);
      assert.deepEqual(points, [{ stage: "model", path: first, step: 9, steps: 99 }]);
      assert.equal(warnings.length, 1);
      assert.ok(
        warnings[0].startsWith(`Cannot read checkpoint "${second}": its bytes must`),
        warnings[0],
      );
      assert.ok(warnings[0].endsWith("; resuming from step 9"), warnings[0]);
      await Deno.truncate(first, 100);
      await assert.rejects(findResumePoints(directory, current), (error: Error) => {
        assert.deepEqual(error.message.split("\n").map((line) => line.match(/"(.*?)"/)![1]), [
          second,
          first,
        ]);
        return true;
      });
    }),
);

Deno.test(
  "findResumePoints() refuses another pipeline or other data, and warns of other code",
  () =>
    inTemporaryDirectory(async (directory) => {
      const others: [RunIdentity, RegExp][] = [
        [
          { ...current, pipeline: { hops: 5 } },
          /^Cannot resume from ".*": .*hops was 4 and is now 5; use/,
        ],
        [
          { ...current, data: { store: "abd" } },
          /: .*the data of store have changed; use the same options/,
        ],
      ];
      await write(directory, 12);
      for (const [other, message] of others) {
        await assert.rejects(findResumePoints(directory, other), { name: "UserError", message });
      }
      const changed = { ...current, code: { model: "deg" }, versions: { haloflow: "2" } };
      const { points, warnings } = await findResumePoints(directory, changed);
      assert.equal(points[0].step, 12);
      assert.match(
        warnings.join("\n"),
        /^The code has changed .* \(haloflow 1 is now 2, stage "model"\)/,
      );
    }),
);
