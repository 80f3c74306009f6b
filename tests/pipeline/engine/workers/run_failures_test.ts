import assert from "node:assert/strict";
import { StageError, UserError } from "../../../../errors.ts";
import { attemptStages, type Outcome } from "../support.ts";

/** Runs a stage that misbehaves between a producer and a consumer, which must both stop. */
function runMisbehaving(
  act: string,
  options: Parameters<typeof attemptStages>[1] = {},
  after = 3,
): Promise<Outcome> {
  return attemptStages({
    numbers: { run: "count", with: { count: 1e6, payload: 1000 } },
    bad: { run: "misbehave", from: "numbers", with: { act, after } },
    result: { run: "collect", from: "bad" },
  }, { channelBytes: 20_000, graceSeconds: 0.5, ...options });
}

function stageError({ error }: Outcome): StageError {
  assert.ok(error instanceof StageError, String(error));
  return error;
}

Deno.test("A stage that throws ends the run with its error, not with later ones", async () => {
  const outcome = await runMisbehaving("throw");
  const error = stageError(outcome);
  assert.equal(error.message, 'Stage "bad" failed: cannot continue: failed on purpose');
  assert.deepEqual([error.stage, error.rank], ["bad", 0]);
  assert.ok(error.cause instanceof Error);
  assert.equal(error.cause.name, "TypeError");
  assert.match(error.cause.stack ?? "", /misbehave\.ts/);
  // On a busy machine, a stage may not have begun when another one throws.
  const sent = outcome.collected["result-0"]?.collected ?? [];
  assert.deepEqual(sent, [0, 1, 2].slice(0, sent.length), "only numbers that were sent");
  for (const { end } of Object.values(outcome.collected)) {
    assert.equal(end, `Error: ${error.message}`, "stopped with the reason");
  }
});

Deno.test("A stage that throws immediately ends the run", async () => {
  const { message } = stageError(await runMisbehaving("throw", {}, 0));
  assert.equal(message, 'Stage "bad" failed: cannot continue: failed on purpose');
});

for (
  const [act, reason] of [
    ["throwCircular", String.raw`\x1b[2Jcircular`],
    ["throwWithoutText", "a value of type object without a text"],
    ["progressOfNothing", "cannot report progress: it must be an object"],
    ["yieldNumber", "cannot send a batch: it must be a record batch, received 17"],
    ["throwLater", "thrown in a timer"],
    ["rejectLater", "rejected without a catch"],
    ["exit", "its worker exited before the stage had finished"],
    ["close", "its worker exited before the stage had finished"],
    ["otherColumn", 'column "n" is float64'],
  ]
) {
  Deno.test(`A stage that misbehaves ends the run: ${act}`, async () => {
    const outcome = await attemptStages({
      numbers: { run: "count" },
      bad: { run: "misbehave", from: "numbers", with: { act, after: 1 } },
    });
    const { message } = stageError(outcome);
    assert.ok(message.startsWith('Stage "bad" failed: ') && message.includes(reason), message);
  });
}

Deno.test("A rank that fails while the others wait for it is the one reported", async () => {
  const outcome = await attemptStages({
    numbers: { run: "count" },
    sums: { run: "ring", from: "numbers", ranks: 3, with: { failAtRank: 1 } },
    result: { run: "collect", from: "sums" },
  });
  const error = stageError(outcome);
  assert.match(error.message, /^Stage "sums" failed at rank 1: .* at rank 1$/);
  assert.deepEqual([error.stage, error.rank], ["sums", 1]);
});

Deno.test("A rank does not wait for a peer that has finished", async () => {
  const outcome = await attemptStages({
    numbers: { run: "count", with: { count: 5 } },
    dealt: { run: "deal", from: "numbers", with: { ranks: 2 } },
    sums: { run: "ring", from: "dealt", ranks: 2 },
  });
  assert.match(
    stageError(outcome).message,
    /^Stage "sums" failed at rank 0: cannot receive from rank 1: .* finished$/,
  );
});

Deno.test("A batch routed to a rank that does not exist is an error", async () => {
  const outcome = await attemptStages({
    numbers: { run: "count", with: { count: 5 } },
    dealt: { run: "deal", from: "numbers", with: { ranks: 3 } },
    result: { run: "collect", from: "dealt", ranks: 2 },
  });
  assert.match(
    stageError(outcome).message,
    /^Stage "dealt" failed: cannot route a batch to rank 2 of stage "result": .* below 2$/,
  );
});

Deno.test("Aborting the signal ends the run cleanly", async () => {
  const controller = new AbortController();
  const outcome = await attemptStages({
    numbers: { run: "count", with: { count: 1e6 } },
    result: { run: "collect", from: "numbers", with: { delay: 1 } },
  }, {
    signal: controller.signal,
    onEvent: (event) => {
      if (event.stage === "result") setTimeout(() => controller.abort(new Error("Ctrl-C")), 50);
    },
  });
  assert.ok(outcome.error instanceof UserError);
  assert.equal(outcome.error.name, "AbortError");
  assert.equal(outcome.error.message, 'Pipeline "test" was stopped: Ctrl-C');
  assert.match(outcome.collected["result-0"].end, /Ctrl-C/, "the stage had time to clean up");
});

Deno.test("A signal that is already aborted ends the run at its start", async () => {
  const { error } = await attemptStages({ numbers: { run: "count" } }, {
    signal: AbortSignal.abort(),
  });
  assert.equal(error?.name, "AbortError");
});

Deno.test("A stage that does not stop is terminated after the grace time", async () => {
  const start = performance.now();
  const outcome = await runMisbehaving("hang", { signal: AbortSignal.timeout(500) });
  assert.equal(outcome.error?.name, "AbortError");
  assert.ok(performance.now() - start < 5000);
});

Deno.test("An error thrown by onEvent ends the run and reaches the caller", async () => {
  const { error } = await attemptStages({
    numbers: { run: "count", with: { count: 1e6 } },
    result: { run: "collect", from: "numbers", with: { delay: 1 } },
  }, {
    onEvent: () => {
      throw new Error("the listener failed");
    },
  });
  assert.equal(error?.message, "the listener failed");
});

Deno.test("A stage whose run does not match its declaration is an error", async () => {
  const run = import.meta.resolve("../stages/yields_nothing.ts");
  assert.match(
    stageError(await attemptStages({ bad: { run } })).message,
    /^Stage "bad" failed: cannot read the output of "yields nothing": .* async generator/,
  );
});

Deno.test("A directory that cannot be created is a UserError", async () => {
  const file = await Deno.makeTempFile();
  const { error } = await attemptStages({ numbers: { run: "count" } }, {
    directory: `${file}/run`,
  });
  await Deno.remove(file);
  assert.ok(error instanceof UserError);
  assert.match(error.message, /^Cannot create the directory ".*" of the run: /);
});
