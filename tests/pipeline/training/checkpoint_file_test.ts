import assert from "node:assert/strict";
import { join } from "node:path";
import { readCheckpoint, writeCheckpoint } from "../../../pipeline/training/checkpoint_file.ts";
import { inTemporaryDirectory } from "../../support/temporary_directory.ts";
import { checkpointOf, run } from "../stages/small_checkpoint.ts";

Deno.test("readCheckpoint() reads what was written, and refuses it with any damage", () =>
  inTemporaryDirectory(async (directory) => {
    const path = join(directory, "model-00000007.safetensors");
    const checkpoint = { ...checkpointOf(7), run };
    await writeCheckpoint(path, checkpoint);
    assert.deepEqual(await readCheckpoint(path), checkpoint);
    const bytes = await Deno.readFile(path);
    const headerEnd = 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true));
    const flip = (at: number) => bytes.with(at, bytes[at] ^ 1);
    const text = new TextDecoder("latin1").decode(bytes);
    const damages: [what: string, bytes: Uint8Array, message: RegExp][] = [
      ["empty", bytes.subarray(0, 0), /too short/],
      ["cut in its header", bytes.subarray(0, 100), /cut short/],
      ["cut in its numbers", bytes.subarray(0, -4), /cut short/],
      ["a bit of the checksum", flip(text.indexOf('"checksum":"') + 20), /must have the checksum/],
      ["a bit of the state", flip(text.indexOf('step\\":') + 7), /must have the checksum/],
      ["a bit of the first number", flip(headerEnd), /must have the checksum/],
      [
        "a newer format",
        bytes.with(text.indexOf("haloflow-checkpoint/1") + 20, "2".charCodeAt(0)),
        /must be haloflow-checkpoint\/1, it is "haloflow-checkpoint\/2", which is newer; use the/,
      ],
      ["a bit of the last number", flip(bytes.length - 1), /must have the checksum/],
    ];
    for (const [what, damaged, message] of damages) {
      await Deno.writeFile(path, damaged);
      await assert.rejects(readCheckpoint(path), { name: "DataError", message }, what);
    }
  }));

Deno.test("A checkpoint has the divisors of the targets", () =>
  inTemporaryDirectory(async (directory) => {
    const path = join(directory, "model-00000002.safetensors");
    const { model, ...rest } = checkpointOf(2);
    const targetPowers = Float64Array.of(0, 0, 1.5);
    const targetDeviation = Float64Array.of(3);
    const normalisation = { ...model.normalisation, targetPowers, targetDeviation };
    const checkpoint = { ...rest, run, model: { ...model, normalisation } };
    await writeCheckpoint(path, checkpoint);
    assert.deepEqual(await readCheckpoint(path), checkpoint);
  }));
