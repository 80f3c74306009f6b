import assert from "node:assert/strict";
import type { StageSpec } from "../../../../pipeline/engine/definition/spec.ts";
import { validatePipeline } from "../../../../pipeline/engine/definition/validate.ts";
import {
  type InMemoryRunOptions,
  runInMemory,
  runStageInMemory,
} from "../../../../pipeline/engine/workers/run_in_memory.ts";
import count from "../stages/count.ts";
import yieldsNothing from "../stages/yields_nothing.ts";
import yieldsUndeclared from "../stages/yields_undeclared.ts";
import { range, registry, runToEnd } from "../support.ts";

const diamond = {
  numbers: { run: "count", with: { count: 7 } },
  left: { run: "add", from: "numbers", with: { add: 1 } },
  right: { run: "add", from: "numbers", with: { add: 2 } },
  pairs: { run: "join", from: ["left", "right"] },
} satisfies Record<string, StageSpec>;

/** The numbers that a stage yields in memory, at most `limit` of them. */
async function numbersOf(
  stages: Readonly<Record<string, StageSpec>>,
  name: string,
  options: Partial<InMemoryRunOptions> = {},
  limit = Infinity,
): Promise<number[]> {
  const plan = await validatePipeline({ name: "test", stages }, { registry });
  const run = { directory: ".", signal: new AbortController().signal, ...options };
  const numbers: number[] = [];
  for await (const batch of runInMemory(plan, name, run)) {
    numbers.push(batch.value("n", 0, "int32"));
    if (numbers.length === limit) break;
  }
  return numbers;
}

Deno.test("runInMemory() yields what workers deliver", async () => {
  const { collected } = await runToEnd({
    ...diamond,
    result: { run: "collect", from: "pairs" },
  });
  assert.deepEqual(await numbersOf(diamond, "pairs"), collected["result-0"].collected);
});

Deno.test("runInMemory() computes a batch only when it is requested", async () => {
  const chain = {
    numbers: { run: "count", with: { count: 1e6 } },
    more: { run: "add", from: "numbers", with: { add: 10 } },
  };
  const seen: string[] = [];
  const onBatch: InMemoryRunOptions["onBatch"] = ({ name }) => seen.push(name);
  assert.deepEqual(await numbersOf(chain, "more", { onBatch }, 2), [10, 11]);
  assert.deepEqual(seen, ["numbers", "more", "numbers", "more"]);
});

Deno.test("runInMemory() runs a stage with the options of optionsOf()", async () => {
  const optionsOf: InMemoryRunOptions["optionsOf"] = ({ name, options }) =>
    name === "numbers" ? { ...options, count: 2 } : options;
  assert.deepEqual(await numbersOf(diamond, "left", { optionsOf }), [1, 2]);
});

Deno.test("runInMemory() ends with the reason of the signal", async () => {
  const stop = new AbortController();
  const onBatch = () => stop.abort(new Error("enough"));
  await assert.rejects(numbersOf(diamond, "pairs", { signal: stop.signal, onBatch }), /enough/);
});

Deno.test("runInMemory() refuses a custom stage", async () => {
  const run = import.meta.resolve("../stages/burst.ts");
  const stages = { numbers: { run, with: { count: 1, payloads: [1] } } };
  await assert.rejects(numbersOf(stages, "numbers"), {
    name: "RangeError",
    message: /"numbers" in memory: it must be a built-in stage/,
  });
});

Deno.test("runStageInMemory() parses options and checks what run returns", async () => {
  const run = { options: {}, inputs: [], directory: "." };
  const batches = await Array.fromAsync(runStageInMemory(count, run));
  assert.deepEqual(batches.map((batch) => batch.value("n", 0)), range(10));
  for (const stage of [yieldsNothing, yieldsUndeclared]) {
    await assert.rejects(Array.fromAsync(runStageInMemory(stage, run)), {
      name: "TypeError",
      message: new RegExp(`"${stage.name}"`),
    });
  }
});
