/** Random pipelines whose stages pause and whose workers are killed. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import { hash, KeyedSequence } from "../../pipeline/graph/random.ts";
import { inTemporaryDirectory } from "../support/temporary_directory.ts";
import { type Draw, drawPipeline, type RandomPipeline } from "./random_pipeline.ts";
import { type RandomRun, runRandomPipeline } from "./random_run.ts";
import { stressRuns } from "./stress_runs.ts";

/** A pipeline takes as long as this number of damaged files. */
const COST = 40;

/** Runs by default. */
const MIN_RUNS = 4;

/** Within this time, an abort meets a run at any point of its life. */
const MAX_ABORT_MILLISECONDS = 600;

Deno.test("pipelines that pause lose, double and reorder no row", async () => {
  let rowCount = 0;
  await holds(async (draw) => {
    const { problems, rows } = await run(drawPipeline(draw, false));
    assert.deepEqual(problems, []);
    rowCount += rows;
  });
  assert.ok(rowCount > 0);
});

Deno.test("a pipeline with a killed worker ends soon, with an error that names it", () =>
  holds(async (draw) => {
    const { problems, endSeconds } = await run(drawPipeline(draw, true));
    assert.deepEqual(problems, []);
    assert.ok(endSeconds > 0);
  }));

Deno.test("an aborted pipeline ends soon, at any point of its life", () =>
  holds(async (draw) => {
    const milliseconds = draw(MAX_ABORT_MILLISECONDS);
    const { problems } = await run(drawPipeline(draw, false), milliseconds);
    assert.deepEqual(problems, []);
  }));

Deno.test("drawPipeline() draws every kind of stage, reading order, channel size and end", () => {
  const seen = new Set<string>();
  const property = fc.property(fc.gen(), (value) => {
    const { spec, channelBytes, kill, workerCount } = drawPipeline(drawFrom(value), true);
    assert.ok(workerCount >= 2 && workerCount <= 12, `${workerCount} workers`);
    assert.ok(kill!.rank < spec.stages[kill!.stage].ranks!);
    for (const { run, ranks, with: { order, most } = {} } of Object.values(spec.stages)) {
      const kind = run.replace(/.*\//, "");
      seen.add(`${kind} ${ranks}`).add(`${order}`).add(`${most !== undefined}`);
      seen.add(`${channelBytes}`).add(kill!.how);
    }
  });
  fc.assert(property, { numRuns: 600, seed: 1 });
  // Six kinds of stages on 1 to 3 ranks (shifts need 2), orders or none, most or none, channel
  // sizes, ends.
  assert.equal(seen.size, 17 + 4 + 2 + 4 + 3, [...seen].sort().join(", "));
});

Deno.test("runRandomPipeline() reports rows and ends that are not those expected", async () => {
  const draws = new KeyedSequence(hash(5));
  const pipeline = drawPipeline((bound) => draws.below(bound), false);
  const name = Object.keys(pipeline.expected)[0];
  const [first, ...others] = pipeline.expected[name];
  const [path, numbers] = Object.entries(first)[0];
  assert.ok(numbers.length > 1);
  const expected = {
    ...pipeline.expected,
    [name]: [{ ...first, [path]: numbers.toReversed() }, ...others],
  };
  const kill = { stage: name, rank: 0, how: "throw" } as const;
  const { problems } = await run({ ...pipeline, expected, kill });
  assert.ok(problems[0].startsWith(`"${name}" rank 0 received {`), problems[0]);
  assert.deepEqual(problems.slice(1), [`"${name}" rank 0 was killed: no error`]);
});

/** Checks a property; a failed run is not shrunk, as each takes its time and its own course. */
function holds(predicate: (draw: Draw) => Promise<void>): Promise<void> {
  const property = fc.asyncProperty(fc.gen(), (value) => predicate(drawFrom(value)));
  return fc.assert(property, {
    ...stressRuns(COST, MIN_RUNS),
    includeErrorInReport: true,
    endOnFailure: true,
  });
}

function drawFrom(value: fc.GeneratorValue): Draw {
  return (bound) => value(fc.integer, { min: 0, max: bound - 1 });
}

function run(pipeline: RandomPipeline, abortMilliseconds?: number): Promise<RandomRun> {
  return inTemporaryDirectory((directory) =>
    runRandomPipeline(pipeline, directory, abortMilliseconds)
  );
}
