import assert from "node:assert/strict";
import type { StageSpec } from "../../../../pipeline/engine/definition/spec.ts";
import { validatePipeline } from "../../../../pipeline/engine/definition/validate.ts";
import { startGroups } from "../../../../pipeline/engine/workers/start_groups.ts";
import { registry, runToEnd } from "../support.ts";

const sources = {
  registry: {
    ...registry,
    total: import.meta.resolve("../stages/total.ts"),
    tally: import.meta.resolve("../stages/tally.ts"),
  },
};

/** `pairs` reads the total first, and `more` only feeds `pairs`. */
const stages = {
  numbers: { run: "count", with: { delay: 30 } },
  more: { run: "count", with: { start: 7, count: 1 } },
  sum: { run: "total", from: "numbers" },
  pairs: { run: "join", from: ["sum", "more"] },
  result: { run: "collect", from: "pairs" },
};

/** The names of the stages in each group. */
async function groupsOf(stages: Readonly<Record<string, StageSpec>>) {
  const groups = startGroups(await validatePipeline({ name: "test", stages }, sources));
  const names = [...groups].map(([awaited, group]) =>
    [awaited ?? "start", [...group].map(({ name }) => name).sort()] as const
  );
  return Object.fromEntries(names);
}

Deno.test("startGroups() delays stages that wait for long work, and their producers", async () => {
  assert.deepEqual(await groupsOf(stages), {
    start: ["numbers", "sum"],
    sum: ["more", "numbers", "pairs", "result", "sum"],
  });
});

Deno.test("startGroups() starts a stage immediately if a consumer starts immediately", async () => {
  const { start } = await groupsOf({ ...stages, copy: { run: "collect", from: "more" } });
  assert.deepEqual(start, ["copy", "more", "numbers", "sum"]);
});

Deno.test("startGroups() starts the second of two long computations after the first", async () => {
  const groups = await groupsOf({
    numbers: stages.numbers,
    sum: stages.sum,
    again: { run: "total", from: "sum" },
    result: { run: "collect", from: "again" },
  });
  assert.deepEqual(Object.keys(groups), ["start", "sum", "again"]);
  assert.deepEqual(groups.start, ["numbers", "sum"]);
  assert.ok(groups.sum.includes("again") && !groups.sum.includes("result"));
  assert.ok(groups.again.includes("result"));
});

for (const [progress, event] of [[true, "progress"], [false, "finished"]] as const) {
  Deno.test(`runStages() starts stages that wait for long work after its ${event}`, async () => {
    const sum = { ...stages.sum, with: { progress } };
    const { events, collected } = await runToEnd({ ...stages, sum }, sources);
    const first = events.findIndex(({ stage, type }) => stage === "sum" && type === event);
    const startedIn = (part: typeof events) =>
      part.flatMap(({ stage, type }) => type === "started" ? [stage] : []).sort();
    assert.deepEqual(startedIn(events.slice(0, first)), ["numbers", "sum"]);
    assert.deepEqual(startedIn(events.slice(first)), ["more", "pairs", "result"]);
    assert.deepEqual(collected["result-0"].collected, [45_007]);
  });
}

Deno.test("A stage whose producer waits for it starts before the channel grows", async () => {
  const { events, collected } = await runToEnd({
    numbers: { run: "count", with: { count: 30, payload: 1000 } },
    sum: { run: "total", from: "numbers", with: { progress: false } },
    tally: { run: "tally", from: ["sum", "numbers"] },
    result: { run: "collect", from: "tally" },
  }, { ...sources, channelBytes: 20_000 });
  assert.deepEqual(collected["result-0"].collected, [435 + 30]);
  const place = (stage: string, type: string) =>
    events.findIndex((event) => event.stage === stage && event.type === type);
  const started = place("tally", "started");
  assert.ok(started < place("sum", "finished"));
  assert.deepEqual(events.slice(0, started).filter(({ type }) => type === "warning"), []);
});
