import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type ChainedJob,
  jobsOfShard,
  parseShard,
} from "../../../../pipeline/experiments/batch/shards.ts";

/** Jobs, some of which start from an earlier one. */
const jobLists = fc.array(fc.option(fc.nat(), { freq: 3, nil: undefined }), { maxLength: 40 }).map((
  starts,
) =>
  starts.map((start, k): ChainedJob => ({
    name: `job${k}`,
    after: start === undefined || k === 0 ? undefined : `job${start % k}`,
  }))
);

Deno.test("jobsOfShard() puts every job into the shard of the job that it starts from", () => {
  fc.assert(fc.property(jobLists, fc.integer({ min: 1, max: 12 }), (jobs, count) => {
    const shards = Array.from({ length: count }, (_, index) => jobsOfShard(jobs, { index, count }));
    const shardOf = new Map(
      shards.flatMap((shard, index) => shard.map(({ name }) => [name, index])),
    );
    assert.equal(shards.flat().length, jobs.length);
    assert.equal(shardOf.size, jobs.length);
    for (const { name, after } of jobs) {
      if (after !== undefined) assert.equal(shardOf.get(after), shardOf.get(name));
    }
    for (const shard of shards) {
      assert.deepEqual(shard, jobs.filter((job) => shard.includes(job)));
    }
  }));
});

Deno.test("jobsOfShard() distributes independent jobs in turn, and balances chains", () => {
  const names = (jobs: readonly ChainedJob[], index: number, count: number) =>
    jobsOfShard(jobs, { index, count }).map(({ name }) => name);
  const single = Array.from({ length: 7 }, (_, k) => ({ name: `${k}` }));
  assert.deepEqual([0, 1, 2].map((index) => names(single, index, 3)), [
    ["0", "3", "6"],
    ["1", "4"],
    [
      "2",
      "5",
    ],
  ]);
  const chained = [{ name: "a" }, { name: "b", after: "a" }, { name: "c", after: "b" }, {
    name: "d",
  }, {
    name: "e",
  }];
  assert.deepEqual([0, 1].map((index) => names(chained, index, 2)), [["a", "b", "c"], ["d", "e"]]);
  assert.deepEqual(names(single, 8, 9), []);
});

Deno.test("parseShard() counts from 0", () => {
  assert.deepEqual(parseShard("0/8"), { index: 0, count: 8 });
  assert.deepEqual(parseShard("7/8"), { index: 7, count: 8 });
  for (const text of ["8/8", "-1/8", "1", "/8", "1/", "1/0", "1.5/8", "a/b", ""]) {
    assert.throws(
      () => parseShard(text),
      /^UserError: Cannot read --shard: .* i\/n with i from 0 to n - 1, .*, received "/,
    );
  }
});
