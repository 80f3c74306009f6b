import assert from "node:assert/strict";
import { join } from "node:path";
import {
  createRecordBatch,
  encodeRecordBatch,
  type RecordBatch,
  type Schema,
} from "../../../../io/record_batch.ts";
import { replayTape, TapeRecorder } from "../../../../pipeline/engine/channels/tape.ts";
import { inTemporaryDirectory } from "../../../support/temporary_directory.ts";

/** One column of every kind. */
const SCHEMA: Schema = {
  name: "everything",
  columns: {
    id: "utf8",
    rank: "int32",
    loss: "float64",
    nodes: { list: "uint32" },
    values: { list: "float32" },
    names: { list: "utf8" },
  },
};

/** NaN with a payload, signed zeros, denormals: their bits must be preserved. */
const AWKWARD = new Float32Array(
  Uint32Array.of(0x7fc00123, 0x80000000, 0, 1, 0x7f800000, 0xff7fffff).buffer,
);

function batches(): RecordBatch[] {
  const row = {
    id: "å",
    rank: -1,
    loss: NaN,
    nodes: Uint32Array.of(2 ** 32 - 1),
    values: AWKWARD,
    names: [],
  };
  const other = {
    ...row,
    id: "",
    loss: -0,
    values: new Float32Array(100_000).fill(0.1),
    names: ["u", ""],
  };
  return [
    createRecordBatch(SCHEMA, [row], { note: "of the first", empty: "" }),
    createRecordBatch(SCHEMA, [row, other, row]),
    createRecordBatch(SCHEMA, []),
    createRecordBatch(SCHEMA, [other], { note: "of the last" }),
  ];
}

async function record(path: string, maxBytes = Infinity, failures: unknown[] = []): Promise<void> {
  const recorder = new TapeRecorder(path, maxBytes, (error) => failures.push(error));
  for (const batch of batches()) await recorder.add(encodeRecordBatch(batch));
  await recorder.close();
}

Deno.test("replayTape() yields the recorded bits, with schema and metadata", () =>
  inTemporaryDirectory(async (directory) => {
    const path = join(directory, "0.batches");
    await record(path);
    const played = await Array.fromAsync(replayTape(path, SCHEMA));
    assert.deepEqual(played.map(encodeRecordBatch), batches().map(encodeRecordBatch));
    assert.deepEqual(played.map(({ schema }) => schema), [SCHEMA, SCHEMA, SCHEMA, SCHEMA]);
    assert.deepEqual(
      played.map(({ metadata }) => metadata),
      batches().map(({ metadata }) => metadata),
    );
    const bits = new Uint32Array(
      (played[0].list("values", 0, "float32").slice() as Float32Array).buffer,
    );
    assert.deepEqual(bits, new Uint32Array(AWKWARD.buffer));
  }));

Deno.test("replayTape() yields nothing from an empty tape, and refuses a truncated one", () =>
  inTemporaryDirectory(async (directory) => {
    const empty = join(directory, "empty.batches");
    await new TapeRecorder(empty, Infinity, () => assert.fail()).close();
    assert.deepEqual(await Array.fromAsync(replayTape(empty, SCHEMA)), []);

    const path = join(directory, "0.batches");
    await record(path);
    const whole = await Deno.readFile(path);
    for (const byteLength of [1, 3, 4, 5, whole.byteLength - 1]) {
      await Deno.writeFile(path, whole.subarray(0, byteLength));
      await assert.rejects(Array.fromAsync(replayTape(path, SCHEMA)), /truncated/);
    }
  }));

Deno.test(
  "TapeRecorder leaves nothing of a tape that grows too long or cannot be written, and does " +
    "not throw",
  () =>
    inTemporaryDirectory(async (directory) => {
      await record(join(directory, "0.batches"), 1000);
      assert.deepEqual(await Array.fromAsync(Deno.readDir(directory)), []);
      const failures: unknown[] = [];
      await record(join(directory, "absent", "0.batches"), Infinity, failures);
      assert.equal(failures.length, 1);
      assert.ok(failures[0] instanceof Deno.errors.NotFound);
    }),
);
