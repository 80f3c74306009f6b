import assert from "node:assert/strict";
import { PipelineError } from "../../../../errors.ts";
import type { PipelineSpec } from "../../../../pipeline/engine/definition/spec.ts";
import { validatePipeline } from "../../../../pipeline/engine/definition/validate.ts";
import { registry } from "../support.ts";

const base = new URL("../", import.meta.url);
const here = (path: string) => new URL(path, base).href;

/** The problems of a pipeline with these stages, which may be anything at all. */
async function problemsOf(stages: unknown, name: unknown = "test"): Promise<readonly string[]> {
  try {
    await validatePipeline({ name, stages } as PipelineSpec, { registry, base });
    return [];
  } catch (error) {
    assert.ok(error instanceof PipelineError, String(error));
    return error.problems;
  }
}

const numbers = { run: "count" };

/** Pipelines with something wrong, and the whole sentences that say so. */
const invalid: { readonly [what: string]: readonly [stages: unknown, ...problems: string[]] } = {
  "an unknown stage": [
    { numbers: { run: "cuont" } },
    'Cannot load stage "numbers": no built-in stage "cuont", did you mean "count"?; ' +
    'a stage of your own is named by a path such as "./cuont.ts"',
  ],
  "a module that is not there": [
    { numbers: { run: "./nowhere.ts" } },
    `Cannot load stage "numbers": there is no module ${here("nowhere.ts")}; check the path`,
  ],
  "a module without a default export": [
    { numbers: { run: "./stages/schemas.ts" } },
    `Cannot load stage "numbers": ${here("stages/schemas.ts")} has no default export; ` +
    "write export default defineStage({ ... })",
  ],
  "a module that exports something else": [
    { numbers: { run: "./stages/not_a_stage.ts" } },
    `Cannot load stage "numbers": the default export of ${here("stages/not_a_stage.ts")} ` +
    "is not a stage: " +
    "its options are no zod schema; make it with defineStage({ ... })",
  ],
  "a module that throws on import": [
    { numbers: { run: "./stages/throws_on_import.ts" } },
    `Cannot load stage "numbers": importing ${here("stages/throws_on_import.ts")} failed: ` +
    "this module cannot load",
  ],
  "an unknown option": [
    { numbers: { run: "count", with: { cuont: 3 } } },
    'Cannot set stages.numbers.with.cuont: no such option, did you mean "count"?',
  ],
  "an option of the wrong type": [
    { numbers: { run: "count", with: { count: "three" } } },
    "Cannot set stages.numbers.with.count as its value is not valid (expected number, " +
    "received string): " +
    'received "three"',
  ],
  "an option out of range": [
    { numbers: { run: "count", with: { count: -1 } } },
    "Cannot set stages.numbers.with.count as its value is not valid (too small: expected " +
    "number to be >=0): " +
    "received -1",
  ],
  "a missing option": [
    { numbers, dealt: { run: "deal", from: "numbers" } },
    "Cannot do without stages.dealt.with.ranks: expected number; set it",
  ],
  "an unknown stage in from": [
    { numbers, more: { run: "add", from: "nubmers" } },
    'Cannot connect stage "more" to "nubmers": no stage of that name, did you mean "numbers"?',
  ],
  "a missing input": [
    { numbers, pairs: { run: "join", from: "numbers" } },
    'Cannot feed stage "pairs" as "join" takes 2 inputs ("any number", "any number"): ' +
    'received 1 ("numbers")',
  ],
  "an input too many": [
    { numbers, more: { run: "count", from: "numbers" } },
    'Cannot feed stage "more" as "count" takes 0 inputs (none): received 1 ("numbers")',
  ],
  "a stage that feeds itself": [
    { more: { run: "add", from: "more" } },
    'Cannot order the stages as they must not feed themselves: "more" → "more"',
  ],
  "a cycle": [
    { a: { run: "add", from: "c" }, b: { run: "add", from: "a" }, c: { run: "add", from: "b" } },
    'Cannot order the stages as they must not feed themselves: "a" → "b" → "c" → "a"',
  ],
  "an input from a stage without output": [
    { numbers, result: { run: "collect", from: "numbers" }, more: { run: "add", from: "result" } },
    'Cannot feed stage "more" from "result": "collect" has no output',
  ],
  "a column of another type": [
    { texts: { run: "./stages/texts.ts" }, more: { run: "add", from: "texts" } },
    'Cannot feed stage "more" from "texts": column "n" is list of utf8 where int32 is expected',
  ],
  "a missing column": [
    { numbers, sums: { run: "./stages/needs_weight.ts", from: "numbers" } },
    'Cannot feed stage "sums" from "numbers": no column "weight" (float64), known: n, payload',
  ],
  "ranks that are no number": [
    { numbers: { run: "count", ranks: 1.5 } },
    "Cannot read stages.numbers.ranks as it must be an integer >= 1: received 1.5",
  ],
  "no rank": [
    { numbers: { run: "count", ranks: 0 } },
    "Cannot read stages.numbers.ranks as it must be an integer >= 1: received 0",
  ],
  "ranks that would all do the same": [
    { numbers, more: { run: "add", from: "numbers", ranks: 2 } },
    'Cannot run stage "more" with 2 ranks as they must talk to each other or have an input ' +
    "that is routed by rank: " +
    "all would do the same work; leave ranks out",
  ],
  "ranks that do not pair": [
    {
      numbers,
      sums: { run: "ring", from: "numbers", ranks: 2 },
      result: { run: "collect", from: "sums", ranks: 3 },
    },
    'Cannot feed stage "result" from "sums" as rank p goes to rank p: "sums" has 2 ranks ' +
    'and "result" has 3',
  ],
  "a routed output without ranks": [
    { dealt: { run: "./stages/routes_nothing.ts" } },
    'Cannot route the output of stage "dealt" by rank as it must have an int32 column "rank"',
  ],
  "an unknown part of a stage": [
    { numbers: { run: "count", form: "x" } },
    'Cannot set stages.numbers.form: a stage has no such part, did you mean "from"?',
  ],
  "a from that is no name": [
    { numbers: { run: "count", from: [3] } },
    "Cannot read stages.numbers.from as it must be the name of a stage or several: received [ 3 ]",
  ],
  "options that are no object": [
    { numbers: { run: "count", with: 3 } },
    "Cannot read stages.numbers.with as it must be an object of options: received 3",
  ],
  "options that are no data": [
    { numbers: { run: "count", with: { count: () => 3 } } },
    "Cannot read stages.numbers.with as it must be plain data: it has a part that cannot " +
    "go to a worker",
  ],
  "permissions that no stage can have": [
    { numbers: { run: "count", permissions: { run: ["sh"], raed: ["data"] } } },
    "Cannot set stages.numbers.permissions.run: no stage can have that, known: read, " +
    "write, net, env",
    'Cannot set stages.numbers.permissions.raed: no stage can have that, did you mean "read"?',
  ],
  "permissions that are no lists": [
    {
      numbers: { run: "count", permissions: { read: "data", net: [""] } },
      more: { run: "add", permissions: ["read"] },
    },
    'Cannot read stages.numbers.permissions.read as it must be an array of texts: received "data"',
    'Cannot read stages.numbers.permissions.net as it must be an array of texts: received [ "" ]',
    'Cannot read stages.more.permissions as it must be an object such as { read: ["data"] ' +
    '}: received [ "read" ]',
  ],
  "a stage that is no object": [
    { numbers: "count" },
    'Cannot read stages.numbers as it must be an object: received "count"',
  ],
  "a stage without run": [
    { numbers: {} },
    "Cannot read stages.numbers.run as it must name a stage or its module: it is missing",
  ],
  "a stage name with a dot": [
    { "a.b": numbers },
    'Cannot name a stage "a.b" as it must start with a letter, then letters, digits, "-" or "_"',
  ],
  "no stages": [{}, "Cannot do without stages as there must be at least one: received {}"],
};

for (const [what, [stages, ...problems]] of Object.entries(invalid)) {
  Deno.test(`validatePipeline() refuses ${what}`, async () => {
    assert.deepEqual(await problemsOf(stages), problems);
  });
}

Deno.test("validatePipeline() refuses a pipeline without a name, or that is none", async () => {
  assert.deepEqual(await problemsOf({ numbers }, ""), [
    'Cannot do without a name of the pipeline: received ""',
  ]);
  await assert.rejects(
    validatePipeline(null as unknown as PipelineSpec, { registry }),
    /must be an object: received null/,
  );
});

Deno.test("validatePipeline() tells all problems in one numbered message", async () => {
  const stages = {
    numbers: { run: "count", with: { count: -1, strat: 3 } },
    more: { run: "add", from: "nubmers" },
    lost: { run: "./nowhere.ts" },
  };
  await assert.rejects(validatePipeline({ name: "test", stages }, { registry, base }), {
    name: "PipelineError",
    message: [
      'Cannot run pipeline "test": 4 problems',
      '  1. Cannot connect stage "more" to "nubmers": no stage of that name, did you mean ' +
      '"numbers"?',
      `  2. Cannot load stage "lost": there is no module ${here("nowhere.ts")}; check the path`,
      "  3. Cannot set stages.numbers.with.count as its value is not valid (too small: " +
      "expected number to be >=0): " +
      "received -1",
      '  4. Cannot set stages.numbers.with.strat: no such option, did you mean "start"?',
    ].join("\n"),
  });
});

Deno.test(
  "validatePipeline() orders the stages, producers first, whatever their order in the " +
    "pipeline",
  async () => {
    const plan = await validatePipeline({
      name: "test",
      stages: {
        result: { run: "collect", from: "pairs" },
        pairs: { run: "join", from: ["numbers", "more"] },
        more: { run: "add", from: ["numbers"] },
        numbers,
      },
    }, { registry });
    assert.deepEqual([...plan.stages.keys()], ["numbers", "more", "pairs", "result"]);
    assert.deepEqual(plan.stages.get("pairs")?.from, ["numbers", "more"]);
  },
);

Deno.test("validatePipeline() tells of nested options and of unions by their path", async () => {
  const nested = (options: unknown) =>
    problemsOf({ nested: { run: "./stages/nested_options.ts", with: options } });
  assert.deepEqual(await nested({ grid: { size: 3 }, rate: "fast" }), []);
  assert.deepEqual(await nested({ grid: { sise: 3 }, rate: "fats" }), [
    "Cannot do without stages.nested.with.grid.size: expected number; set it",
    'Cannot set stages.nested.with.grid.sise: no such option, did you mean "size"?',
    "Cannot set stages.nested.with.rate as its value is not valid (expected number, " +
    "received string, or " +
    'expected "fast"): received "fats"',
  ]);
});
