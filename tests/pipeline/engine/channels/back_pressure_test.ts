/** Bytes in flight in the channels of real runs, seen from outside. @module */

import assert from "node:assert/strict";
import type { StageSpec } from "../../../../pipeline/engine/definition/spec.ts";
import { runStages } from "../../../../pipeline/engine/workers/run_stages.ts";
import { inTemporaryDirectory } from "../../../support/temporary_directory.ts";
import { sum, tapChannels } from "./channel_tap.ts";
import { withTimeLimit } from "../support.ts";

const COUNT = 24;

/** Time that the slow stages take for a batch; the fast one yields a batch in about 0.1 ms. */
const DELAY_MILLISECONDS = 10;

/** Lengths of the float32 lists in the batches of the fast stage, in turn. */
const PAYLOADS = [1000, 10, 3000, 10, 10, 500];

const burst = import.meta.resolve("../stages/burst.ts");
const slow = import.meta.resolve("../stages/slow.ts");

/** Consumers of a fast stage: two slow ranks with a stage behind them, and a chain. */
const stages: Readonly<Record<string, StageSpec>> = {
  burst: { run: burst, with: { count: COUNT, payloads: PAYLOADS } },
  ranks: { run: slow, from: "burst", ranks: 2, with: { delay: DELAY_MILLISECONDS } },
  merged: { run: slow, from: "ranks", with: { delay: DELAY_MILLISECONDS } },
  passed: { run: slow, from: "burst" },
  // `burst` waits for its slowest consumer: `merged` behind the ranks, which reads twice as many
  // batches. This stage must be slower than that, or `passed` never waits for it.
  after: { run: slow, from: "passed", with: { delay: 4 * DELAY_MILLISECONDS } },
};

/** Reading ranks, and channels: from one to two ranks, from two to one, and the chain. */
const READERS = 5;
const CHANNELS = 2 + 2 + 2;

// Some batches exceed the larger limit, all exceed the smaller one.
for (const limit of [10_000, 1]) {
  Deno.test(
    `a channel to a stage 100 times slower has at most ${limit} bytes or one batch in flight`,
    () =>
      inTemporaryDirectory(async (directory) => {
        let acknowledged = 0;
        const tooEarly: string[] = [];
        using tap = tapChannels(() => {
          acknowledged++;
          const received = countReceived(directory);
          // A batch is acknowledged just before the stage receives it.
          if (acknowledged > received + READERS) {
            tooEarly.push(`${acknowledged} acknowledged, ${received} received`);
          }
        });
        const warnings: string[] = [];
        const report = await withTimeLimit(runStages({ name: "slow", stages }, {
          registry: {},
          directory,
          channelBytes: limit,
          onEvent: (event) => event.type === "warning" && warnings.push(event.message),
        }));
        const channels = tap.channels.filter(({ sent }) => sent.length > 0);
        assert.equal(channels.length, CHANNELS);
        for (const { sent, taken, inFlight } of channels) {
          assert.deepEqual(taken, sent, "the consumer acknowledges exactly what was sent");
          assert.ok(sent.length === COUNT || sent.length === 2 * COUNT);
          for (const [k, bytes] of inFlight.entries()) {
            assert.ok(
              bytes <= limit || bytes === sent[k],
              `${bytes} bytes with batch ${k} of ${sent[k]}`,
            );
          }
        }
        assert.deepEqual(tooEarly, []);
        assert.deepEqual(warnings, [], "no channel has grown");
        // The test proves nothing unless the fast stages had to wait.
        for (const name of ["burst", "passed"]) {
          assert.ok(report.stages[name].ranks[0].outputWaitSeconds > 0);
        }
        const fullest = Math.max(...channels.flatMap(({ inFlight }) => inFlight));
        const largest = Math.max(...channels.flatMap(({ sent }) => sent));
        assert.ok(fullest > limit - largest, `${fullest} of ${limit} bytes`);
      }),
  );
}

/** Batches that stages have received, by their own count. */
function countReceived(directory: string): number {
  const files = [...Deno.readDirSync(directory)].filter(({ name }) => name.endsWith(".received"));
  return sum(files.map(({ name }) => Deno.statSync(`${directory}/${name}`).size));
}
