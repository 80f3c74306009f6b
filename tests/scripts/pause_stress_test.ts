/**
 * Pipelines of random shape whose stages pause and whose workers are killed;
 * `deno task stress pauses` runs 500. @module
 */

import assert from "node:assert/strict";
import { pauseStress } from "../../scripts/stress/pause_stress.ts";
import { drawPipeline } from "../../scripts/stress/random_pipeline.ts";
import { runRandomPipeline } from "../../scripts/stress/random_run.ts";
import type { StressRow } from "../../scripts/stress/stress_test.ts";
import { inTemporaryDirectory } from "../support/temporary_directory.ts";

const seed = 5;

Deno.test(
  "Pipelines that pause lose, double and reorder no row; those with a killed worker end with " +
    "its name",
  async () => {
    const rows: StressRow[] = [];
    for await (const row of pauseStress.run({ seed, from: 0, count: 5, onProgress: () => {} })) {
      rows.push(row);
    }
    assert.deepEqual(rows.map(({ name }) => name), ["undisturbed", "killed"]);
    for (const { name, failures } of rows) assert.deepEqual(failures, [], name);
    assert.match(rows[0].outcome, /^\d+ workers, [1-9]\d+ rows, /);
    assert.match(rows[1].outcome, /, ended within \d/);
  },
);

Deno.test("drawPipeline() draws every kind of stage, reading and bound, the same for the same round", () => {
  const seen = new Set<string>();
  for (let round = 0; round < 400; round++) {
    const { spec, channelBytes, kill, workerCount } = drawPipeline(seed, round, true);
    assert.deepEqual(drawPipeline(seed, round, true).spec, spec);
    assert.ok(workerCount >= 2 && workerCount <= 12, `${workerCount} workers`);
    assert.ok(kill!.rank < spec.stages[kill!.stage].ranks!);
    for (const { run, ranks, with: { order, most } = {} } of Object.values(spec.stages)) {
      const kind = run.replace(/.*\//, "");
      [`${kind} ${ranks}`, `${order}`, `${most !== undefined}`, `${channelBytes}`, kill!.how]
        .forEach((
          what,
        ) => seen.add(what));
    }
  }
  // Six kinds of stages on 1 to 3 ranks (shifts need 2), orders or none, most or none, bounds,
  // ends.
  assert.equal(seen.size, 17 + 4 + 2 + 4 + 3, [...seen].sort().join(", "));
});

Deno.test("runRandomPipeline() tells rows and ends that are not those expected", async () => {
  const pipeline = drawPipeline(seed, 0, false);
  const [name] = Object.keys(pipeline.expected);
  const [first, ...others] = pipeline.expected[name];
  const [path, rows] = Object.entries(first)[0];
  assert.ok(rows.length > 1);
  const expected = {
    ...pipeline.expected,
    [name]: [{ ...first, [path]: rows.toReversed() }, ...others],
  };
  const kill = { stage: name, rank: 0, how: "throw" } as const;
  const { problems } = await inTemporaryDirectory((directory) =>
    runRandomPipeline({ ...pipeline, expected, kill }, directory)
  );
  assert.ok(problems[0].startsWith(`"${name}" rank 0 got {`), problems[0]);
  assert.deepEqual(problems.slice(1), [`"${name}" rank 0 was killed: no error`]);
});
