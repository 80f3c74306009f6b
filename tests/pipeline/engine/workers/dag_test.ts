import assert from "node:assert/strict";
import fc from "fast-check";
import type { StageSpec } from "../../../../pipeline/engine/definition/spec.ts";
import { range, runToEnd } from "../support.ts";

/** Pipelines drawn, of two to ten workers each; the stress tests draw more and larger ones. */
const RUNS = 10;

/** A drawn stage: a source, or a consumer of one or two earlier stages, by index modulo count. */
const stageShape = fc.oneof(
  fc.record({ kind: fc.constant("count" as const), start: fc.nat(99) }),
  fc.record({ kind: fc.constant("add" as const), input: fc.nat(), add: fc.nat(99) }),
  fc.record({ kind: fc.constant("join" as const), first: fc.nat(), second: fc.nat() }),
);

const pipelineShape = fc.record({
  rows: fc.nat(20),
  payload: fc.nat(300),
  channelBytes: fc.constantFrom(1, 1500, 5000, 1e6),
  stages: fc.array(stageShape, { maxLength: 3 }),
  /** Without ranks, nothing is routed. */
  ranks: fc.integer({ min: 0, max: 2 }),
});

type PipelineShape = typeof pipelineShape extends fc.Arbitrary<infer Shape> ? Shape : never;

Deno.test("runStages() delivers every row of any pipeline once, and in order", async () => {
  await fc.assert(
    fc.asyncProperty(pipelineShape, async (shape) => {
      const { stages, expected } = build(shape);
      const { collected } = await runToEnd(stages, { channelBytes: shape.channelBytes });
      assert.deepEqual(collected["last-0"].collected, expected);
      for (let rank = 0; rank < shape.ranks; rank++) {
        const ofRank = expected.filter((n) => n % shape.ranks === rank).map((n) => n + 1);
        assert.deepEqual(collected[`each-${rank}`].collected, ofRank);
      }
    }),
    { numRuns: RUNS, seed: 20260401, endOnFailure: true },
  );
});

/** The stages of a shape, and the output of the last of them, computed without the engine. */
function build({ rows, payload, stages: shapes, ranks }: PipelineShape) {
  const stages: Record<string, StageSpec> = {
    s0: { run: "count", with: { count: rows, payload } },
  };
  const yields = [range(rows)];
  for (const shape of shapes) {
    const name = `s${yields.length}`;
    const earlier = (number: number) => number % yields.length;
    if (shape.kind === "count") {
      stages[name] = { run: "count", with: { start: shape.start, count: rows } };
      yields.push(range(rows, shape.start));
    } else if (shape.kind === "add") {
      stages[name] = { run: "add", from: `s${earlier(shape.input)}`, with: { add: shape.add } };
      yields.push(yields[earlier(shape.input)].map((n) => n + shape.add));
    } else {
      const first = earlier(shape.first);
      const second = earlier(shape.second);
      stages[name] = { run: "join", from: [`s${first}`, `s${second}`] };
      yields.push(yields[first].map((a, i) => (1000 * a + yields[second][i]) % 1_000_003));
    }
  }
  const last = `s${yields.length - 1}`;
  stages.last = { run: "collect", from: last };
  if (ranks > 0) {
    stages.dealt = { run: "deal", from: last, with: { ranks } };
    stages.more = { run: "add", from: "dealt", ranks, with: { add: 1 } };
    stages.each = { run: "collect", from: "more", ranks };
  }
  return { stages, expected: yields[yields.length - 1] };
}
