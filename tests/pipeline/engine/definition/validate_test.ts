import assert from "node:assert/strict";
import { PipelineError } from "../../../../errors.ts";
import type { PipelineSpec } from "../../../../pipeline/engine/definition/spec.ts";
import { validatePipeline } from "../../../../pipeline/engine/definition/validate.ts";
import { registry } from "../support.ts";

const base = new URL("../", import.meta.url);

/** The problems of a pipeline with these stages, which may be any value. */
async function problemsOf(stages: unknown, name: unknown = "test"): Promise<readonly string[]> {
  try {
    await validatePipeline({ name, stages } as PipelineSpec, { registry, base });
    return [];
  } catch (error) {
    assert.ok(error instanceof PipelineError, String(error));
    return error.problems;
  }
}

/** One problem for each pattern, in this order. */
function assertProblems(problems: readonly string[], patterns: readonly RegExp[]): void {
  assert.equal(problems.length, patterns.length, problems.join("\n"));
  for (const [k, pattern] of patterns.entries()) assert.match(problems[k], pattern);
}

const numbers = { run: "count" };

/** Invalid pipelines, and the subject, rule and value that each of their problems names. */
const invalid: { readonly [what: string]: readonly [stages: unknown, ...problems: RegExp[]] } = {
  "an unknown stage": [
    { numbers: { run: "cuont" } },
    /"numbers": no built-in stage "cuont", did you mean "count"\? .* "\.\/cuont\.ts"/,
  ],
  "a module that is not there": [
    { numbers: { run: "./nowhere.ts" } },
    /"numbers": there is no module file:.*\/nowhere\.ts; check/,
  ],
  "a module without a default export": [
    { numbers: { run: "./stages/schemas.ts" } },
    /"numbers": file:.*\/schemas\.ts has no default export; .*defineStage/,
  ],
  "a module that exports something else": [
    { numbers: { run: "./stages/not_a_stage.ts" } },
    /"numbers": .*\/not_a_stage\.ts is not a stage: its options .* zod schema; .*defineStage/,
  ],
  "a module that throws on import": [
    { numbers: { run: "./stages/throws_on_import.ts" } },
    /"numbers": importing .*\/throws_on_import\.ts failed: this module cannot load$/,
  ],
  "an unknown option": [
    { numbers: { run: "count", with: { cuont: 3 } } },
    /stages\.numbers\.with\.cuont: no such option, did you mean "count"\?/,
  ],
  "an option of the wrong type": [
    { numbers: { run: "count", with: { count: "three" } } },
    /stages\.numbers\.with\.count: expected number, received "three"$/,
  ],
  "an option out of range": [
    { numbers: { run: "count", with: { count: -1 } } },
    /stages\.numbers\.with\.count: expected number to be >=0, received -1$/,
  ],
  "a missing option": [
    { numbers, dealt: { run: "deal", from: "numbers" } },
    /stages\.dealt\.with\.ranks: expected number, it is missing$/,
  ],
  "an unknown stage in from": [
    { numbers, more: { run: "add", from: "nubmers" } },
    /connect stage "more" to "nubmers": no such stage, did you mean "numbers"\?/,
  ],
  "a missing input": [
    { numbers, pairs: { run: "join", from: "numbers" } },
    /"pairs": "join" needs 2 inputs \("any number", "any number"\), received 1 \("numbers"\)/,
  ],
  "an input too many": [
    { numbers, more: { run: "count", from: "numbers" } },
    /"more": "count" needs 0 inputs \(none\), received 1 \("numbers"\)/,
  ],
  "a stage that feeds itself": [
    { more: { run: "add", from: "more" } },
    /order the stages: .* no cycle, received "more" → "more"$/,
  ],
  "a cycle": [
    { a: { run: "add", from: "c" }, b: { run: "add", from: "a" }, c: { run: "add", from: "b" } },
    /order the stages: .* no cycle, received "a" → "b" → "c" → "a"$/,
  ],
  "an input from a stage without output": [
    { numbers, result: { run: "collect", from: "numbers" }, more: { run: "add", from: "result" } },
    /"more" to "result": "collect" has no output/,
  ],
  "a column of another type": [
    { texts: { run: "./stages/texts.ts" }, more: { run: "add", from: "texts" } },
    /"more" to "texts": column "n" is list of utf8 .* int32/,
  ],
  "a missing column": [
    { numbers, sums: { run: "./stages/needs_weight.ts", from: "numbers" } },
    /"sums" to "numbers": no column "weight" \(float64\), known: n, payload/,
  ],
  "ranks that are not an integer": [
    { numbers: { run: "count", ranks: 1.5 } },
    /stages\.numbers\.ranks: .* integer >= 1, received 1\.5$/,
  ],
  "no rank": [
    { numbers: { run: "count", ranks: 0 } },
    /stages\.numbers\.ranks: .* integer >= 1, received 0$/,
  ],
  "more ranks than a process can have threads": [
    { numbers: { run: "count", ranks: 1e9 } },
    /stages\.numbers\.ranks: it must be <= 4096, .*received 1000000000$/,
  ],
  "a name of a stage that is too long for a file": [
    { ["n".repeat(300)]: { run: "count" } },
    /name a stage "n{20}…": it must have at most 200 characters, received 300$/,
  ],
  "ranks that would all do the same": [
    { numbers, more: { run: "add", from: "numbers", ranks: 2 } },
    /"more" with 2 ranks: .* peers .* routed by rank/,
  ],
  "ranks that do not pair": [
    {
      numbers,
      sums: { run: "ring", from: "numbers", ranks: 2 },
      result: { run: "collect", from: "sums", ranks: 3 },
    },
    /"result" to "sums": .* same number of ranks, received 3 and 2$/,
  ],
  "a routed output without ranks": [
    { dealt: { run: "./stages/routes_nothing.ts" } },
    /"dealt" by rank: .* int32 column "rank"/,
  ],
  "an unknown property of a stage": [
    { numbers: { run: "count", form: "x" } },
    /stages\.numbers\.form: no such property .*, did you mean "from"\?/,
  ],
  "a from that is not a name": [
    { numbers: { run: "count", from: [3] } },
    /stages\.numbers\.from: .* name of a stage .*, received \[ 3 \]$/,
  ],
  "options that are not an object": [
    { numbers: { run: "count", with: 3 } },
    /stages\.numbers\.with: .* object .*, received 3$/,
  ],
  "options that are not plain data": [
    { numbers: { run: "count", with: { count: () => 3 } } },
    /stages\.numbers\.with: .* plain data/,
  ],
  "unknown permissions": [
    { numbers: { run: "count", permissions: { run: ["sh"], raed: ["data"] } } },
    /stages\.numbers\.permissions\.run: no such permission, known: read, write, net, env/,
    /stages\.numbers\.permissions\.raed: no such permission, did you mean "read"\?/,
  ],
  "permissions that are not lists": [
    {
      numbers: { run: "count", permissions: { read: "data", net: [""] } },
      more: { run: "add", permissions: ["read"] },
    },
    /stages\.numbers\.permissions\.read: .* array of texts, received "data"$/,
    /stages\.numbers\.permissions\.net: .* array of texts, received \[ "" \]$/,
    /stages\.more\.permissions: .* such as \{ read: \["data"\] \}, received \[ "read" \]$/,
  ],
  "a stage that is not an object": [
    { numbers: "count" },
    /stages\.numbers: .* object, received "count"$/,
  ],
  "a stage without run": [{ numbers: {} }, /stages\.numbers\.run: .* its module, it is missing$/],
  "a stage name with a dot": [{ "a.b": numbers }, /stage "a\.b": it must be a letter followed by/],
  "no stages": [{}, /stages must have at least one entry, received \{\}$/],
};

for (const [what, [stages, ...problems]] of Object.entries(invalid)) {
  Deno.test(`validatePipeline() refuses ${what}`, async () => {
    assertProblems(await problemsOf(stages), problems);
  });
}

Deno.test("validatePipeline() refuses a missing name, and values of other types", async () => {
  assertProblems(await problemsOf({ numbers }, ""), [/name .* not empty, received ""$/]);
  await assert.rejects(
    validatePipeline(null as unknown as PipelineSpec, { registry }),
    /must be an object, received null/,
  );
});

Deno.test("validatePipeline() lists all problems in one numbered message", async () => {
  const stages = {
    numbers: { run: "count", with: { count: -1, strat: 3 } },
    more: { run: "add", from: "nubmers" },
    lost: { run: "./nowhere.ts" },
  };
  await assert.rejects(validatePipeline({ name: "test", stages }, { registry, base }), (error) => {
    assert.ok(error instanceof PipelineError);
    assertProblems(error.message.split("\n"), [
      /^Cannot run pipeline "test": 4 problems$/,
      /^ {2}1\. .*"more" to "nubmers"/,
      /^ {2}2\. .*stage "lost"/,
      /^ {2}3\. .*stages\.numbers\.with\.count: .* received -1$/,
      /^ {2}4\. .*stages\.numbers\.with\.strat: .*"start"\?$/,
    ]);
    return true;
  });
});

Deno.test(
  "validatePipeline() orders producers before consumers, whatever their order in the pipeline",
  async () => {
    const pipeline = await validatePipeline({
      name: "test",
      stages: {
        result: { run: "collect", from: "pairs" },
        pairs: { run: "join", from: ["numbers", "more"] },
        more: { run: "add", from: ["numbers"] },
        numbers,
      },
    }, { registry });
    assert.deepEqual([...pipeline.stages.keys()], ["numbers", "more", "pairs", "result"]);
    assert.deepEqual(pipeline.stages.get("pairs")?.from, ["numbers", "more"]);
  },
);

Deno.test("validatePipeline() reports nested options and unions by their path", async () => {
  const nested = (options: unknown) =>
    problemsOf({ nested: { run: "./stages/nested_options.ts", with: options } });
  assert.deepEqual(await nested({ grid: { size: 3 }, rate: "fast" }), []);
  assertProblems(await nested({ grid: { sise: 3 }, rate: "fats" }), [
    /stages\.nested\.with\.grid\.size: expected number, it is missing$/,
    /stages\.nested\.with\.grid\.sise: no such option, did you mean "size"\?$/,
    /stages\.nested\.with\.rate: expected number, or expected "fast", received "fats"$/,
  ]);
});
