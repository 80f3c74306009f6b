import assert from "node:assert/strict";
import fc from "fast-check";
import { MemoryBudget } from "../../../../pipeline/experiments/batch/memory_budget.ts";
import {
  type Ended,
  FinalFailure,
  runSchedule,
  type ScheduledJob,
} from "../../../../pipeline/experiments/batch/schedule.ts";

/** Behaviour of a fake job. */
interface FakeJob extends ScheduledJob {
  /** Duration in turns of the event loop. */
  readonly turns: number;
  readonly bytes: number;
  /** Number of attempts that fail. */
  readonly failures: number;
}

function fake(name: string, job: Partial<FakeJob> = {}): FakeJob {
  return { name, retries: 0, turns: 1, bytes: 0, failures: 0, ...job };
}

/** Observations of a schedule. */
interface Observed {
  readonly ended: ReadonlyMap<string, Ended>;
  /** In the order of starts and ends. */
  readonly started: readonly string[];
  readonly finished: readonly string[];
  readonly peakJobs: number;
  readonly peakBytes: number;
}

async function observe(
  jobs: readonly FakeJob[],
  maxJobs: number,
  memoryBytes = Infinity,
  stop = new AbortController(),
): Promise<Observed> {
  const memory = new MemoryBudget(memoryBytes);
  const started: string[] = [];
  const finished: string[] = [];
  let running = 0, bytes = 0, peakJobs = 0, peakBytes = 0;
  const run = async (job: FakeJob, attempt: number) => {
    const release = await memory.reserve(job.bytes).catch((error) => {
      throw new FinalFailure(error.message);
    });
    started.push(job.name);
    peakJobs = Math.max(peakJobs, ++running);
    peakBytes = Math.max(peakBytes, bytes += job.bytes);
    for (let turn = 0; turn < job.turns; turn++) {
      await new Promise((resolve) => setTimeout(resolve));
    }
    running--;
    bytes -= job.bytes;
    release();
    if (job.name === "stops") stop.abort();
    if (attempt <= job.failures) throw new Error(`${job.name} broke`);
  };
  const onEnd = async ({ name }: FakeJob) => void await finished.push(name);
  const ended = await runSchedule(jobs, { maxJobs, signal: stop.signal, run, onEnd });
  return { ended, started, finished, peakJobs, peakBytes };
}

Deno.test("runSchedule() runs every job once, within the limits of jobs and memory", async () => {
  const job = fc.record({ turns: fc.nat(3), bytes: fc.nat(100), start: fc.option(fc.nat()) });
  const batch = fc.array(job, { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(batch, fc.integer({ min: 1, max: 5 }), async (list, maxJobs) => {
      const jobs = list.map(({ turns, bytes, start }, k) =>
        fake(`${k}`, {
          turns,
          bytes,
          after: start === null || k === 0 ? undefined : `${start % k}`,
        })
      );
      const { ended, started, finished, peakJobs, peakBytes } = await observe(jobs, maxJobs, 120);
      assert.deepEqual(started.toSorted(), jobs.map(({ name }) => name).sort());
      assert.ok(
        [...ended.values()].every(({ state }) => state === "done") && ended.size === jobs.length,
      );
      assert.ok(peakJobs <= maxJobs && peakBytes <= 120, `${peakJobs} jobs, ${peakBytes} bytes`);
      for (const { name, after } of jobs) {
        if (after !== undefined) assert.ok(finished.indexOf(after) < finished.indexOf(name));
      }
    }),
    { numRuns: 40 },
  );
});

Deno.test("runSchedule() runs as many jobs at once as the limits allow", async () => {
  const jobs = Array.from({ length: 6 }, (_, k) => fake(`${k}`, { bytes: 40, turns: 3 }));
  assert.equal((await observe(jobs, 4)).peakJobs, 4);
  assert.equal((await observe(jobs, 4, 100)).peakJobs, 2);
});

Deno.test("runSchedule() retries failed jobs, and ends only their successors", async () => {
  const { ended, started } = await observe(
    [
      fake("flaky", { failures: 2, retries: 2 }),
      fake("bad", { failures: 9, retries: 1 }),
      fake("child", { after: "bad" }),
      fake("grandchild", { after: "child" }),
      fake("huge", { bytes: 1000, retries: 3 }),
      fake("good", { after: "elsewhere" }),
    ],
    2,
    100,
  );
  assert.deepEqual(ended.get("flaky"), { state: "done" });
  assert.deepEqual(ended.get("bad"), { state: "failed", reason: "bad broke", attempts: 2 });
  assert.deepEqual(ended.get("child"), {
    state: "failed",
    attempts: 0,
    reason: 'Cannot start from the model of job "bad": that job failed',
  });
  assert.equal(ended.get("grandchild")?.state, "failed");
  assert.deepEqual(ended.get("good"), { state: "done" });
  const huge = ended.get("huge");
  assert.ok(huge?.state === "failed" && huge.attempts === 1);
  assert.match(huge.reason, /^Cannot run job: .* 100\sB, but it needs about 1\.00\skB; /);
  assert.deepEqual(started.filter((name) => name === "flaky").length, 3);
  assert.ok(!started.includes("huge") && !started.includes("child"));
});

Deno.test("runSchedule() starts no more jobs after an interrupt", async () => {
  const { ended, started } = await observe([
    fake("stops"),
    fake("with", { turns: 5, failures: 1, retries: 5 }),
    fake("later"),
    fake("last"),
  ], 2);
  assert.deepEqual(started, ["stops", "with"]);
  assert.deepEqual([...ended.entries()].map(([name, { state }]) => [name, state]), [
    ["stops", "done"],
    ["with", "stopped"],
    ["later", "stopped"],
    ["last", "stopped"],
  ]);
});

Deno.test("MemoryBudget reserves in order, and everything for a job without a plan", async () => {
  const memory = new MemoryBudget(100);
  const order: string[] = [];
  const acquire = async (name: string, bytes?: number) => {
    const release = await memory.reserve(bytes);
    order.push(name);
    return release;
  };
  const first = await acquire("first", 60);
  const unplanned = acquire("unplanned");
  const small = acquire("small", 10);
  await Promise.resolve();
  // The small job would fit, but must not overtake the one that waits for all memory.
  assert.deepEqual(order, ["first"]);
  first();
  // A second release has no effect.
  first();
  const releaseAll = await unplanned;
  assert.deepEqual(order, ["first", "unplanned"]);
  releaseAll();
  await small;
  assert.deepEqual(order, ["first", "unplanned", "small"]);
  await assert.rejects(
    memory.reserve(101),
    /^UserError: Cannot run job: its memory must fit that of the batch/,
  );
});
