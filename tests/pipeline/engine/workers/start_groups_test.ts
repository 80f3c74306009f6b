import assert from "node:assert/strict";
import { registry, runToEnd } from "../support.ts";

const sources = {
  registry: {
    ...registry,
    total: import.meta.resolve("../stages/total.ts"),
    tally: import.meta.resolve("../stages/tally.ts"),
  },
};

/** `pairs` reads the total first, and `more` feeds only `pairs`. */
const stages = {
  numbers: { run: "count", with: { delay: 100 } },
  more: { run: "count", with: { start: 7, count: 1 } },
  sum: { run: "total", from: "numbers" },
  pairs: { run: "join", from: ["sum", "more"] },
  result: { run: "collect", from: "pairs" },
};

/** The stages that start, and the first event `type` of the stage `sum`, in order. */
async function startsAround(type: string, pipeline: Parameters<typeof runToEnd>[0]) {
  const { events, collected } = await runToEnd(pipeline, sources);
  const event = events.find((event) => event.stage === "sum" && event.type === type);
  const names = events.flatMap((other) =>
    other === event ? [type] : other.type === "started" ? [other.stage] : []
  );
  const place = names.indexOf(type);
  return { before: names.slice(0, place).sort(), after: names.slice(place + 1).sort(), collected };
}

Deno.test("Stages that wait for long work, and those that feed them, start when it shows progress", async () => {
  const { before, after, collected } = await startsAround("progress", stages);
  assert.deepEqual(before, ["numbers", "sum"]);
  assert.deepEqual(after, ["more", "pairs", "result"]);
  assert.deepEqual(collected["result-0"].collected, [45_007]);
});

Deno.test("Stages that wait for work without progress start when it has ended", async () => {
  const sum = { ...stages.sum, with: { progress: false } };
  const { before, after, collected } = await startsAround("finished", { ...stages, sum });
  assert.deepEqual(before, ["numbers", "sum"]);
  assert.deepEqual(after, ["more", "pairs", "result"]);
  assert.deepEqual(collected["result-0"].collected, [45_007]);
});

Deno.test("A stage starts at once that feeds one that does, too", async () => {
  const { before, collected } = await startsAround("progress", {
    ...stages,
    copy: { run: "collect", from: "more" },
  });
  assert.deepEqual(before, ["copy", "more", "numbers", "sum"]);
  assert.deepEqual(collected["copy-0"].collected, [7]);
  assert.deepEqual(collected["result-0"].collected, [45_007]);
});

Deno.test(
  "Of two long works in a row, the second waits for the first, and what follows for the " +
    "second",
  async () => {
    const { events, collected } = await runToEnd({
      numbers: stages.numbers,
      sum: stages.sum,
      again: { run: "total", from: "sum" },
      result: { run: "collect", from: "again" },
    }, sources);
    const place = (stage: string, type: string) =>
      events.findIndex((event) => event.stage === stage && event.type === type);
    assert.ok(place("sum", "progress") < place("again", "started"));
    assert.ok(place("again", "progress") < place("result", "started"));
    assert.deepEqual(collected["result-0"].collected, [45]);
  },
);

Deno.test("A stage that others wait for starts, rather than that its channel grows", async () => {
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
