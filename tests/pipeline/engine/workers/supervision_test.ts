import assert from "node:assert/strict";
import { attemptStages, range } from "../support.ts";

/** Longer than the stage `misbehave` blocks its worker. */
const LONG_SECONDS = 60;

Deno.test("A stage may compute for longer than the silence limit if it calls beat()", async () => {
  const { error, collected } = await attemptStages({
    numbers: { run: "count", with: { count: 4 } },
    slow: { run: "misbehave", from: "numbers", with: { act: "work" } },
    result: { run: "collect", from: "slow" },
  }, { silenceSeconds: 1 });
  assert.equal(error, undefined);
  assert.deepEqual(collected["result-0"].collected, range(3));
});

Deno.test("beat() ends work that blocks the event loop once the run is ending", async () => {
  const start = performance.now();
  const stop = new AbortController();
  const { error } = await attemptStages({
    numbers: { run: "count", with: { count: 4 } },
    endless: { run: "misbehave", from: "numbers", with: { act: "workForEver" } },
  }, {
    signal: stop.signal,
    graceSeconds: LONG_SECONDS,
    onEvent: ({ type }) => type === "warning" && stop.abort(),
  });
  assert.equal(error?.name, "AbortError");
  assert.ok(performance.now() - start < 1000 * LONG_SECONDS / 2);
});

Deno.test("A run reports a stage that hangs and does not wait for it", async () => {
  const start = performance.now();
  const { error, collected } = await attemptStages({
    numbers: { run: "count", with: { count: 1e6, payload: 1000 } },
    stuck: { run: "misbehave", from: "numbers", with: { act: "block" } },
    beside: { run: "collect", from: "numbers", with: { delay: 1 } },
  }, { silenceSeconds: 1, graceSeconds: LONG_SECONDS, channelBytes: 20_000 });
  assert.match(
    error?.message ?? "",
    /^Stage "stuck" failed: it was unresponsive for 1 s: /,
  );
  assert.equal(
    collected["beside-0"].end,
    `Error: ${error?.message}`,
    "other stages receive the reason",
  );
  assert.ok(performance.now() - start < 1000 * LONG_SECONDS / 2);
});
