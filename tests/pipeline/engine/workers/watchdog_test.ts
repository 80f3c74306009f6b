import assert from "node:assert/strict";
import { UserError } from "../../../../errors.ts";
import { Meter, WORKER_STATE_LENGTH } from "../../../../pipeline/engine/channels/meter.ts";
import { processorShare } from "../../../../pipeline/engine/workers/processor_share.ts";
import { Watchdog } from "../../../../pipeline/engine/workers/watchdog.ts";
import { attemptStages } from "../support.ts";

/** Longer than a few looks of the watchdog. */
const SILENCE_SECONDS = 1;
/** Longer than a few looks. */
const WORKER_SILENCE_SECONDS = 1;

function watchedWorker(name: string) {
  const state = new Int32Array(new SharedArrayBuffer(4 * WORKER_STATE_LENGTH));
  return { name, state, meter: new Meter(state), running: true };
}

/** What a watchdog says of some workers while they do something every 50 ms. */
async function watch(
  workers: ReturnType<typeof watchedWorker>[],
  milliseconds: number,
  act: () => void,
  share = 1,
): Promise<string[]> {
  const said: string[] = [];
  using _watchdog = new Watchdog(workers, SILENCE_SECONDS, {
    unresponsive: ({ name }) => said.push(`unresponsive ${name}`),
    stalled: () => said.push("stalled"),
    deadlocked: () => said.push("deadlocked"),
  }, () => share);
  for (const end = performance.now() + milliseconds; performance.now() < end;) {
    act();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return said;
}

Deno.test("Watchdog names the worker whose event loop stands still, and no other", async () => {
  const [busy, stuck, ended, starting] = ["busy", "stuck", "ended", "starting"].map(watchedWorker);
  ended.running = false;
  for (const { meter } of [stuck, ended]) meter.beat();
  const said = await watch([busy, stuck, ended, starting], 2000, () => busy.meter.beat());
  assert.deepEqual([...new Set(said)], ["unresponsive stuck"]);
});

Deno.test("Watchdog gives a worker more time where threads wait for a processor", async () => {
  const stuck = watchedWorker("stuck");
  stuck.meter.beat();
  assert.deepEqual(await watch([stuck], 2000, () => {}, 0.02), []);
});

Deno.test("processorShare() is a share", () => {
  const share = processorShare();
  assert.ok(share > 0 && share <= 1, `${share}`);
});

Deno.test("Watchdog makes room where all wait and one of them for room, unless something moves", async () => {
  const [reader, writer] = ["reader", "writer"].map(watchedWorker);
  const [read, write] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const waiting = [
    reader.meter.wait("input", read.promise),
    writer.meter.wait("output", write.promise),
  ];
  const beat = () => [reader, writer].forEach(({ meter }) => meter.beat());
  const said = await watch([reader, writer], 900, beat);
  assert.deepEqual([...new Set(said)], ["stalled"]);
  const saidInTraffic = await watch([reader, writer], 900, () => {
    beat();
    writer.meter.countTraffic();
  });
  assert.deepEqual(saidInTraffic, []);
  read.resolve();
  const saidWhileReaderWorks = await watch([reader, writer], 900, beat);
  assert.deepEqual(saidWhileReaderWorks, []);
  write.resolve();
  await Promise.all(waiting);
});

Deno.test("Ranks that wait for each other for ever end the run, by name", async () => {
  const { error } = await attemptStages({
    ring: { run: import.meta.resolve("../stages/deadlock.ts"), ranks: 2 },
  }, { silenceSeconds: WORKER_SILENCE_SECONDS });
  assert.ok(error instanceof UserError);
  assert.match(
    error.message,
    /^Pipeline "test" is deadlocked: .* "ring" rank 0, "ring" rank 1$/,
  );
});

Deno.test("Meter counts the time of overlapping waits once as idle", async () => {
  const meter = new Meter();
  const later = (milliseconds: number) =>
    new Promise<void>((resolve) => setTimeout(resolve, milliseconds));
  const start = performance.now();
  await Promise.all([meter.wait("input", later(60)), meter.wait("peer", later(60))]);
  const seconds = (performance.now() - start) / 1000;
  assert.ok(meter.waitSeconds("input") > 0.05 && meter.waitSeconds("peer") > 0.05);
  assert.ok(meter.idleSeconds > 0.05 && meter.idleSeconds <= seconds);
});
