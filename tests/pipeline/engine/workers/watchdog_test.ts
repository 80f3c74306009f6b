import assert from "node:assert/strict";
import { UserError } from "../../../../errors.ts";
import { Meter, WORKER_STATE_LENGTH } from "../../../../pipeline/engine/channels/meter.ts";
import { processorShare } from "../../../../pipeline/engine/workers/processor_share.ts";
import { CHECK_MILLISECONDS, Watchdog } from "../../../../pipeline/engine/workers/watchdog.ts";
import { attemptStages } from "../support.ts";

/** Four checks of the watchdog. */
const SILENCE_SECONDS = 4 * CHECK_MILLISECONDS / 1000;

function watchedWorker(name: string) {
  const state = new Int32Array(new SharedArrayBuffer(4 * WORKER_STATE_LENGTH));
  return { name, state, meter: new Meter(state), running: true };
}

/** The findings of a watchdog in `checkCount` checks, with `act` called before each. */
function watch(
  workers: ReturnType<typeof watchedWorker>[],
  checkCount: number,
  act: () => void,
  share = 1,
): string[] {
  const findings: string[] = [];
  using watchdog = new Watchdog(workers, SILENCE_SECONDS, {
    unresponsive: ({ name }) => findings.push(`unresponsive ${name}`),
    stalled: () => findings.push("stalled"),
    deadlocked: () => findings.push("deadlocked"),
  }, () => share);
  for (let check = 0; check < checkCount; check++) {
    act();
    watchdog.check();
  }
  return findings;
}

Deno.test("Watchdog reports only the worker whose event loop is blocked", () => {
  const [busy, stuck, exited, starting] = ["busy", "stuck", "exited", "starting"].map(
    watchedWorker,
  );
  exited.running = false;
  for (const { meter } of [stuck, exited]) meter.beat();
  const workers = [busy, stuck, exited, starting];
  assert.deepEqual(watch(workers, 4, () => busy.meter.beat()), [], "within the limit");
  const findings = watch(workers, 8, () => busy.meter.beat());
  assert.deepEqual([...new Set(findings)], ["unresponsive stuck"]);
});

Deno.test("Watchdog gives a worker more time if threads wait for a processor", () => {
  const stuck = watchedWorker("stuck");
  stuck.meter.beat();
  assert.deepEqual(watch([stuck], 20, () => {}, 0.02), []);
  assert.deepEqual(watch([stuck], 25, () => {}, 0.02).slice(0, 1), ["unresponsive stuck"]);
});

Deno.test("processorShare() is a share", () => {
  const share = processorShare();
  assert.ok(share > 0 && share <= 1, `${share}`);
});

Deno.test("Watchdog makes room if all wait, one of them for room, and nothing moves", async () => {
  const [reader, writer] = ["reader", "writer"].map(watchedWorker);
  const read = Promise.withResolvers<void>();
  const write = Promise.withResolvers<void>();
  const reading = reader.meter.wait("input", read.promise);
  const writing = writer.meter.wait("output", write.promise);
  const beat = () => [reader, writer].forEach(({ meter }) => meter.beat());
  assert.deepEqual([...new Set(watch([reader, writer], 8, beat))], ["stalled"]);
  const findingsInTraffic = watch([reader, writer], 8, () => {
    beat();
    writer.meter.countTraffic();
  });
  assert.deepEqual(findingsInTraffic, []);
  read.resolve();
  await reading;
  assert.deepEqual(watch([reader, writer], 8, beat), [], "the reader works");
  write.resolve();
  await writing;
});

Deno.test("Watchdog reports a deadlock if all wait and none of them for room", async () => {
  const workers = ["first", "second"].map(watchedWorker);
  const message = Promise.withResolvers<void>();
  const waiting = workers.map(({ meter }) => meter.wait("peer", message.promise));
  const beat = () => workers.forEach(({ meter }) => meter.beat());
  assert.deepEqual(watch(workers, 4, beat), [], "within the limit");
  assert.deepEqual([...new Set(watch(workers, 8, beat))], ["deadlocked"]);
  message.resolve();
  await Promise.all(waiting);
});

Deno.test("Ranks that wait for each other forever end the run with their names", async () => {
  const { error } = await attemptStages({
    ring: { run: import.meta.resolve("../stages/deadlock.ts"), ranks: 2 },
  }, { silenceSeconds: SILENCE_SECONDS });
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
