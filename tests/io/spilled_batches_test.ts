import assert from "node:assert/strict";
import fc from "fast-check";
import { SpilledBatches } from "../../io/spilled_batches.ts";
import { createRecordBatch, decodeRecordBatch, encodeRecordBatch } from "../../io/record_batch.ts";
import { inTemporaryDirectory } from "../support/temporary_directory.ts";

const SCHEMA = { name: "field", columns: { id: "utf8", value: { list: "float32" } } } as const;

/** A batch of `length` numbers, as it arrives at a stage. */
function batchOf(id: string, length: number) {
  const value = Float32Array.from({ length }, (_, k) => length + k / 7);
  const batch = createRecordBatch(SCHEMA, [{ id, value }], { of: id });
  return decodeRecordBatch(encodeRecordBatch(batch), SCHEMA);
}

Deno.test("SpilledBatches returns every batch in any order, for every bound", async () => {
  await inTemporaryDirectory(async (directory) => {
    const lengths = fc.array(fc.nat({ max: 300 }), { maxLength: 8 });
    const reads = fc.array(fc.nat({ max: 100 }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(lengths, reads, fc.nat({ max: 4000 }), async (lengths, reads, bound) => {
        const added = lengths.map((length, k) => batchOf(`${k}`, length));
        using batches = new SpilledBatches(directory, bound);
        for (const [k, batch] of added.entries()) assert.equal(await batches.add(batch), k);
        assert.equal(batches.count, added.length);
        const bytes = added.reduce((sum, { byteLength }) => sum + byteLength, 0);
        assert.ok(bytes - batches.fileBytes <= bound);
        for (const read of added.length > 0 ? reads : []) {
          const expected = added[read % added.length];
          const found = await batches.read(read % added.length);
          assert.deepEqual(encodeRecordBatch(found), encodeRecordBatch(expected));
          assert.deepEqual([found.schema, found.metadata], [expected.schema, expected.metadata]);
        }
      }),
      { numRuns: 40 },
    );
    assert.deepEqual([...Deno.readDirSync(directory)], []);
  });
});

Deno.test("SpilledBatches accepts batches of any schema between reads", async () => {
  await inTemporaryDirectory(async (directory) => {
    using batches = new SpilledBatches(directory, 0);
    await batches.add(batchOf("a", 3));
    assert.equal((await batches.read(0)).value("id", 0), "a");
    const counts = createRecordBatch({ name: "count", columns: { n: "int32" } }, [{ n: 4 }, {
      n: 5,
    }]);
    assert.equal(await batches.add(counts), 1);
    assert.deepEqual((await batches.read(1)).values("n"), Int32Array.of(4, 5));
    assert.equal((await batches.read(0)).value("id", 0), "a");
    await assert.rejects(batches.read(2), {
      name: "RangeError",
      message: /batch 2: there are 2/,
    });
  });
});

Deno.test("SpilledBatches creates an unnamed file only above the bound", async () => {
  await inTemporaryDirectory(async (directory) => {
    const names = () => [...Deno.readDirSync(directory)].map(({ name }) => name);
    const batch = batchOf("a", 100);
    using batches = new SpilledBatches(directory, 2 * batch.byteLength);
    await batches.add(batch);
    await batches.add(batch);
    assert.equal(batches.fileBytes, 0);
    await batches.add(batch);
    assert.equal(batches.fileBytes, batch.byteLength);
    assert.deepEqual(names(), []);
    const nowhere = new SpilledBatches(`${directory}/none`, 0);
    await assert.rejects(nowhere.add(batch), {
      name: "DataError",
      message: /^Cannot write ".*spilled.partial"/,
    });
  });
});
