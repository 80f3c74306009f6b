import assert from "node:assert/strict";
import fc from "fast-check";
import { KeptBatches } from "../../io/kept_batches.ts";
import { createRecordBatch, decodeRecordBatch, encodeRecordBatch } from "../../io/record_batch.ts";
import { inTemporaryDirectory } from "../support/temporary_directory.ts";

const SCHEMA = { name: "field", columns: { id: "utf8", value: { list: "float32" } } } as const;

/** A batch of `length` numbers, as it arrives at a stage. */
function batchOf(id: string, length: number) {
  const value = Float32Array.from({ length }, (_, k) => length + k / 7);
  const batch = createRecordBatch(SCHEMA, [{ id, value }], { of: id });
  return decodeRecordBatch(encodeRecordBatch(batch), SCHEMA);
}

Deno.test("KeptBatches gives every batch in any order and as often as asked, whatever the bound", async () => {
  await inTemporaryDirectory(async (directory) => {
    const lengths = fc.array(fc.nat({ max: 300 }), { maxLength: 8 });
    const reads = fc.array(fc.nat({ max: 100 }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(lengths, reads, fc.nat({ max: 4000 }), async (lengths, reads, bound) => {
        const batches = lengths.map((length, k) => batchOf(`${k}`, length));
        using kept = new KeptBatches(directory, bound);
        for (const [k, batch] of batches.entries()) assert.equal(await kept.add(batch), k);
        assert.equal(kept.count, batches.length);
        const bytes = batches.reduce((sum, { byteLength }) => sum + byteLength, 0);
        assert.ok(bytes - kept.fileBytes <= bound);
        for (const read of batches.length > 0 ? reads : []) {
          const expected = batches[read % batches.length];
          const found = await kept.read(read % batches.length);
          assert.deepEqual(encodeRecordBatch(found), encodeRecordBatch(expected));
          assert.deepEqual([found.schema, found.metadata], [expected.schema, expected.metadata]);
        }
      }),
      { numRuns: 40 },
    );
    assert.deepEqual([...Deno.readDirSync(directory)], []);
  });
});

Deno.test("KeptBatches takes batches between reads, of any schema", async () => {
  await inTemporaryDirectory(async (directory) => {
    using kept = new KeptBatches(directory, 0);
    await kept.add(batchOf("a", 3));
    assert.equal((await kept.read(0)).value("id", 0), "a");
    const counts = createRecordBatch({ name: "count", columns: { n: "int32" } }, [{ n: 4 }, {
      n: 5,
    }]);
    assert.equal(await kept.add(counts), 1);
    assert.deepEqual((await kept.read(1)).values("n"), Int32Array.of(4, 5));
    assert.equal((await kept.read(0)).value("id", 0), "a");
    await assert.rejects(kept.read(2), {
      name: "RangeError",
      message: "Cannot read batch 2 as there are 2",
    });
  });
});

Deno.test("KeptBatches has no file as long as the batches fit, and none with a name ever", async () => {
  await inTemporaryDirectory(async (directory) => {
    const names = () => [...Deno.readDirSync(directory)].map(({ name }) => name);
    const batch = batchOf("a", 100);
    using kept = new KeptBatches(directory, 2 * batch.byteLength);
    await kept.add(batch);
    await kept.add(batch);
    assert.equal(kept.fileBytes, 0);
    await kept.add(batch);
    assert.equal(kept.fileBytes, batch.byteLength);
    assert.deepEqual(names(), []);
    const nowhere = new KeptBatches(`${directory}/none`, 0);
    await assert.rejects(nowhere.add(batch), {
      name: "DataError",
      message: /^Cannot write ".*kept.partial"/,
    });
  });
});
