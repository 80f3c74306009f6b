import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { attemptStages, range, runToEnd } from "../support.ts";

Deno.test("A chain of stages delivers every row once, in order", async () => {
  const { collected, report } = await runToEnd({
    numbers: { run: "count", with: { count: 20 } },
    more: { run: "add", from: "numbers", with: { add: 100 } },
    result: { run: "collect", from: ["more"] },
  });
  assert.deepEqual(collected, { "result-0": { collected: range(20, 100), end: "done" } });
  assert.deepEqual(Object.keys(report.stages), ["numbers", "more", "result"]);
  const [numbers, more, result] = Object.values(report.stages).map(({ ranks: [figures] }) =>
    figures
  );
  assert.deepEqual([numbers.outputRows, more.inputRows, more.outputRows, result.inputRows], [
    20,
    20,
    20,
    20,
  ]);
  assert.ok(numbers.outputBytes > 20 * 100 && numbers.outputBytes === more.inputBytes);
  assert.equal(report.stages.more.run, "add");
  assert.equal(more.peerBytes, 0);
});

Deno.test("An output is broadcast to every consumer and to every rank of it", async () => {
  const { collected, report } = await runToEnd({
    numbers: { run: "count", with: { count: 12, payload: 100 } },
    one: { run: "collect", from: "numbers" },
    two: { run: "collect", from: "numbers", ranks: 2 },
  });
  assert.deepEqual(Object.keys(collected).sort(), ["one-0", "two-0", "two-1"]);
  for (const { collected: numbers } of Object.values(collected)) {
    assert.deepEqual(numbers, range(12));
  }
  assert.equal(report.stages.numbers.ranks[0].outputRows, 12, "counted once");
});

Deno.test("A routed output is sent to its rank, then from rank to rank, and merged", async () => {
  const { collected } = await runToEnd({
    numbers: { run: "count", with: { count: 20 } },
    dealt: { run: "deal", from: "numbers", with: { ranks: 2 } },
    first: { run: "add", from: "dealt", ranks: 2, with: { add: 0, perRank: 1000 } },
    merged: { run: "collect", from: "first" },
    each: { run: "collect", from: "first", ranks: 2 },
    all: { run: "collect", from: "dealt" },
  });
  for (const rank of [0, 1]) {
    const expected = range(10, rank + 1000 * rank, 2);
    assert.deepEqual(collected[`each-${rank}`].collected, expected);
    const merged = collected["merged-0"].collected.filter((n) => Math.floor(n / 1000) === rank);
    assert.deepEqual(merged, expected, "each rank in order");
  }
  assert.equal(collected["merged-0"].collected.length, 20);
  assert.deepEqual(collected["all-0"].collected, range(20), "a single rank receives all");
});

Deno.test("Peers pass messages around all ranks and sum with allReduce()", async () => {
  const { collected, report } = await runToEnd({
    numbers: { run: "count", with: { count: 5 } },
    sums: { run: "ring", from: "numbers", ranks: 3, with: { gradient: 70_000 } },
    result: { run: "collect", from: "sums", ranks: 3 },
  });
  for (const rank of [0, 1, 2]) {
    assert.deepEqual(collected[`result-${rank}`].collected, range(5, 0, 3));
  }
  for (const { peerBytes, peerWaitSeconds } of report.stages.sums.ranks) {
    assert.ok(peerBytes > 0 && peerWaitSeconds > 0);
  }
});

Deno.test("A slow consumer makes its producer wait", async () => {
  const { report } = await runToEnd({
    numbers: { run: "count", with: { count: 15, payload: 1000 } },
    result: { run: "collect", from: "numbers", with: { delay: 20 } },
  }, { channelBytes: 3 * 5000 });
  const [{ ranks: [producer] }, { ranks: [consumer] }] = Object.values(report.stages);
  assert.ok(
    producer.outputWaitSeconds > 0.1,
    `the producer waited ${producer.outputWaitSeconds} s`,
  );
  assert.ok(consumer.busySeconds > 0.25, `the consumer worked ${consumer.busySeconds} s`);
  assert.ok(
    producer.endSeconds - producer.startSeconds >=
      producer.busySeconds + producer.outputWaitSeconds - 0.05,
  );
});

Deno.test("A consumer that stops early does not affect the others", async () => {
  const { collected, report, events } = await runToEnd({
    numbers: { run: "count", with: { count: 200, payload: 1000 } },
    few: { run: "collect", from: "numbers", with: { stopAfter: 3 } },
    none: { run: "collect", from: "numbers", with: { stopAfter: 0 } },
    all: { run: "collect", from: "numbers" },
  }, { channelBytes: 10_000 });
  assert.deepEqual(collected["few-0"].collected, [0, 1, 2]);
  assert.deepEqual(collected["none-0"].collected, []);
  assert.deepEqual(collected["all-0"].collected, range(200));
  assert.equal(report.stages.numbers.ranks[0].outputRows, 200);
  assert.ok(events.every(({ type }) => type !== "warning"), "no channel had to grow");
});

Deno.test("A full channel grows if all stages would wait for each other", async () => {
  const { collected, events } = await runToEnd({
    numbers: { run: "count", with: { count: 20, payload: 1000 } },
    left: { run: "add", from: "numbers", with: { add: 0 } },
    pairs: { run: "join", from: ["left", "numbers"], with: { inStep: false } },
    result: { run: "collect", from: "pairs" },
  }, { channelBytes: 20_000 });
  assert.deepEqual(collected["result-0"].collected, range(20, 0, 1001));
  const warnings = events.flatMap((event) =>
    event.type === "warning" ? [`${event.stage}: ${event.message}`] : []
  );
  assert.match(
    warnings[0],
    /^numbers: the channel to stage "pairs" grew to .* MiB: all stages were waiting/,
  );
});

Deno.test("Events report every stage from start to end, in order", async () => {
  const { events } = await runToEnd({
    numbers: { run: "count", with: { count: 3, progress: true } },
    result: { run: "collect", from: "numbers" },
  });
  const ofNumbers = events.filter(({ stage }) => stage === "numbers");
  assert.deepEqual(ofNumbers.map(({ type }) => type), [
    "started",
    "progress",
    "progress",
    "progress",
    "finished",
  ]);
  assert.deepEqual(
    ofNumbers.flatMap((event) => event.type === "progress" ? [event.progress] : []),
    [
      { done: 1, total: 3, values: { sum: 0 } },
      { done: 2, total: 3, values: { sum: 1 } },
      { done: 3, total: 3, values: { sum: 2 } },
    ],
  );
  assert.ok(events.every(({ seconds }, i) => i === 0 || seconds >= events[i - 1].seconds));
});

Deno.test("A pipeline of one stage runs without consumers", async () => {
  const { report } = await runToEnd({ numbers: { run: "count", with: { count: 1000 } } }, {
    channelBytes: 1,
  });
  assert.equal(report.stages.numbers.ranks[0].outputRows, 1000);
});

Deno.test("A custom stage is named by a path relative to the base", async () => {
  const { collected } = await runToEnd({
    numbers: { run: "../stages/count.ts" },
    result: { run: "collect", from: "numbers" },
  }, { base: new URL("./", import.meta.url) });
  assert.deepEqual(collected["result-0"].collected, range(10));
});

const COUNT_ONE = {
  numbers: { run: "count", with: { count: 1, progress: true } },
  result: { run: "collect", from: "numbers" },
};

Deno.test("runStages() starts workers, but begins no stage before the run is ready", async () => {
  const started = Promise.withResolvers<void>();
  const types: string[] = [];
  await runToEnd(COUNT_ONE, {
    ready: started.promise.then(async () => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      types.push("ready");
    }),
    onEvent({ type }) {
      types.push(type);
      if (types.length === 2) started.resolve();
    },
  });
  assert.deepEqual(types.slice(0, 4), ["started", "started", "ready", "progress"]);
});

Deno.test("runStages() fails with the error of `ready`, and writes nothing", async () => {
  const reason = new RangeError("it does not fit");
  const directory = join(await Deno.makeTempDir(), "run");
  const ready = Promise.reject(reason);
  ready.catch(() => undefined);
  const { error, events } = await attemptStages(COUNT_ONE, { ready, directory });
  assert.equal(error, reason);
  assert(events.every(({ type }) => type === "started"));
  await assert.rejects(Deno.stat(directory), Deno.errors.NotFound);
  await Deno.remove(dirname(directory));
});
