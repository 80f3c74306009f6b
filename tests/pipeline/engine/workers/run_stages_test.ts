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
});

Deno.test("A diamond joins what it split", async () => {
  const { collected } = await runToEnd({
    numbers: { run: "count", with: { count: 15 } },
    left: { run: "add", from: "numbers", with: { add: 1 } },
    right: { run: "add", from: "numbers", with: { add: 2 } },
    pairs: { run: "join", from: ["left", "right"] },
    result: { run: "collect", from: "pairs" },
  });
  assert.deepEqual(collected["result-0"].collected, range(15, 1002, 1001));
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

Deno.test(
  "A routed output goes to the rank it names, from there rank to rank, and is merged at the " +
    "end",
  async () => {
    const { collected } = await runToEnd({
      numbers: { run: "count", with: { count: 30 } },
      dealt: { run: "deal", from: "numbers", with: { ranks: 3 } },
      first: { run: "add", from: "dealt", ranks: 3, with: { add: 0, perRank: 1000 } },
      second: { run: "add", from: "first", ranks: 3, with: { add: 0, perRank: 10_000 } },
      merged: { run: "collect", from: "second" },
      each: { run: "collect", from: "second", ranks: 3 },
      whole: { run: "collect", from: "dealt" },
    });
    for (const rank of [0, 1, 2]) {
      const expected = range(10, rank + 11_000 * rank, 3);
      assert.deepEqual(collected[`each-${rank}`].collected, expected);
      const merged = collected["merged-0"].collected.filter((n) => Math.floor(n / 11_000) === rank);
      assert.deepEqual(merged, expected, "each rank in order");
    }
    assert.equal(collected["merged-0"].collected.length, 30);
    assert.deepEqual(collected["whole-0"].collected, range(30), "a single rank takes all");
  },
);

for (const ranks of [1, 2, 3, 4]) {
  Deno.test(`Peers pass messages around ${ranks} ranks and sum with allReduce()`, async () => {
    const { collected, report } = await runToEnd({
      numbers: { run: "count", with: { count: 5 } },
      sums: { run: "ring", from: "numbers", ranks, with: { gradient: 70_000 } },
      result: { run: "collect", from: "sums", ranks },
    });
    for (let rank = 0; rank < ranks; rank++) {
      assert.deepEqual(collected[`result-${rank}`].collected, range(5, 0, ranks));
    }
    for (const { peerBytes, peerWaitSeconds } of report.stages.sums.ranks) {
      assert.equal(peerBytes > 0, ranks > 1);
      assert.equal(peerWaitSeconds > 0, ranks > 1);
    }
  });
}

Deno.test("A slow consumer holds its producer back", async () => {
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

Deno.test("Batches larger than the bound pass one at a time", async () => {
  const { collected } = await runToEnd({
    numbers: { run: "count", with: { count: 8, payload: 10_000 } },
    result: { run: "collect", from: "numbers" },
  }, { channelBytes: 100 });
  assert.deepEqual(collected["result-0"].collected, range(8));
});

Deno.test("A consumer that stops early releases its producer, others still get all", async () => {
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

Deno.test("Stages that would wait for each other because a channel is full go on with more room", async () => {
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

Deno.test("Events tell the life of every stage in order", async () => {
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

Deno.test("A pipeline of one stage whose output nobody reads runs", async () => {
  const { report } = await runToEnd({ numbers: { run: "count", with: { count: 1000 } } }, {
    channelBytes: 1,
  });
  assert.equal(report.stages.numbers.ranks[0].outputRows, 1000);
});

Deno.test("A stage of one's own is named by a path against the base", async () => {
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

Deno.test("runPipeline() starts workers, and begins no stage before the run is ready", async () => {
  const started = Promise.withResolvers<void>();
  const said: string[] = [];
  await runToEnd(COUNT_ONE, {
    ready: started.promise.then(async () => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      said.push("ready");
    }),
    onEvent({ type }) {
      said.push(type);
      if (said.length === 2) started.resolve();
    },
  });
  assert.deepEqual(said.slice(0, 4), ["started", "started", "ready", "progress"]);
});

Deno.test("runPipeline() fails with the error of what it waits for, and writes nothing", async () => {
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
