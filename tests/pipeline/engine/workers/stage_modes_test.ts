import assert from "node:assert/strict";
import type { StageSpec } from "../../../../pipeline/engine/definition/spec.ts";
import type { StageMode } from "../../../../pipeline/engine/workers/stage_modes.ts";
import { inTemporaryDirectory } from "../../../support/temporary_directory.ts";
import { attemptStages, range, runToEnd } from "../support.ts";

const COUNT = 12;

/** Numbers routed to two ranks, each of which adds and collects; one more stage collects all. */
const STAGES: Readonly<Record<string, StageSpec>> = {
  numbers: { run: "count", with: { count: COUNT, payload: 50 } },
  dealt: { run: "deal", from: "numbers", with: { ranks: 2 } },
  more: { run: "add", from: "dealt", ranks: 2, with: { add: 100 } },
  each: { run: "collect", from: "dealt", ranks: 2 },
  all: { run: "collect", from: "more" },
};

function modes(entries: Readonly<Record<string, StageMode>>): ReadonlyMap<string, StageMode> {
  return new Map(Object.entries(entries));
}

Deno.test("runStages() replays what it recorded, and skips stages without consumers", () =>
  inTemporaryDirectory(async (directory) => {
    const record = { mode: "record", directory, maxBytes: 2 ** 20 } as const;
    const first = await runToEnd(STAGES, { modes: modes({ dealt: record }) });
    const replay = { mode: "replay", directory } as const;
    const second = await runToEnd(STAGES, {
      modes: modes({ numbers: { mode: "skip" }, dealt: replay }),
    });
    assert.deepEqual(second.collected["each-0"], first.collected["each-0"]);
    assert.deepEqual(second.collected["each-1"], first.collected["each-1"]);
    const sorted = (outcome: typeof first) =>
      outcome.collected["all-0"].collected.toSorted((a, b) => a - b);
    assert.deepEqual(sorted(second), range(COUNT, 100));
    assert.deepEqual(sorted(second), sorted(first));
    const { ranks: [dealt] } = second.report.stages.dealt;
    assert.deepEqual([dealt.inputRows, dealt.outputRows], [0, COUNT]);
    assert.equal(dealt.outputBytes, first.report.stages.dealt.ranks[0].outputBytes);
    const started = second.events.filter(({ type }) => type === "started").map(({ stage }) =>
      stage
    );
    assert.deepEqual(new Set(started), new Set(["dealt", "more", "each", "all"]));
  }));

Deno.test("runStages() records each rank of a stage on its own tape", () =>
  inTemporaryDirectory(async (directory) => {
    const record = { mode: "record", directory, maxBytes: 2 ** 20 } as const;
    const { each: _each, ...stages } = STAGES;
    await runToEnd(stages, { modes: modes({ more: record }) });
    const names = (await Array.fromAsync(Deno.readDir(directory))).map(({ name }) => name).sort();
    assert.deepEqual(names, ["0.batches", "1.batches"]);
    const skip = { mode: "skip" } as const;
    const replayed = await runToEnd(stages, {
      modes: modes({ numbers: skip, dealt: skip, more: { mode: "replay", directory } }),
    });
    assert.deepEqual(
      replayed.collected["all-0"].collected.toSorted((a, b) => a - b),
      range(COUNT, 100),
    );
  }));

Deno.test("runStages() continues if a tape cannot be written, and warns", async () => {
  const record = { mode: "record", directory: "/dev/null/absent", maxBytes: 2 ** 20 } as const;
  const { numbers } = STAGES;
  const all: StageSpec = { run: "collect", from: "numbers" };
  const { events, collected } = await runToEnd({ numbers, all }, {
    modes: modes({ numbers: record }),
  });
  assert.deepEqual(collected["all-0"].collected, range(COUNT));
  const warnings = events.filter((event) => event.type === "warning");
  assert.equal(warnings.length, 1);
  assert.match(warnings[0].message, /output of stage "numbers" is not cached: /);
});

Deno.test("runStages() refuses to skip a stage that another one reads", async () => {
  const { error } = await attemptStages(STAGES, { modes: modes({ numbers: { mode: "skip" } }) });
  assert.match(error?.message ?? "", /skip stage "numbers": stage "dealt" reads it/);
});
