/** Bytes on the way in the channels of real runs, seen from outside. @module */

import assert from "node:assert/strict";
import type { StageSpec } from "../../../../pipeline/engine/definition/spec.ts";
import { runStages } from "../../../../pipeline/engine/workers/run_stages.ts";
import { inTemporaryDirectory } from "../../../support/temporary_directory.ts";
import { sum, tapChannels } from "./channel_tap.ts";
import { withTimeLimit } from "../support.ts";

const COUNT = 48;

/** The fast stage makes a batch in some 0.1 ms, the slow ones take so long with each. */
const DELAY_MILLISECONDS = 10;

/** float32 values of the batches that are yielded fast, in turn. */
const PAYLOADS = [1000, 10, 3000, 10, 10, 500];

const burst = import.meta.resolve("../stages/burst.ts");
const slow = import.meta.resolve("../stages/slow.ts");

/**
 * Stages that read what a fast one yields: two ranks, one beside them that is fast, and a chain.
 */
const stages: Readonly<Record<string, StageSpec>> = {
  burst: { run: burst, with: { count: COUNT, payloads: PAYLOADS } },
  ranks: { run: slow, from: "burst", ranks: 2, with: { delay: DELAY_MILLISECONDS } },
  merged: { run: slow, from: "ranks", with: { delay: DELAY_MILLISECONDS } },
  passed: { run: slow, from: "burst" },
  // `burst` waits for the slowest of its readers: `merged` behind the ranks, which reads twice as
  // many batches. This one must be slower than that, or `passed` need never wait for it.
  after: { run: slow, from: "passed", with: { delay: 4 * DELAY_MILLISECONDS } },
};

/** Ranks that read, and channels: from one to two ranks, from two to one, and the chain. */
const READERS = 5;
const CHANNELS = 2 + 2 + 2;

for (const [what, bound] of [["many batches", 40_000], ["few", 10_000], ["none", 1]] as const) {
  Deno.test(
    "Before stages 100 times slower no channel has more on the way than its bound, for " +
      `${what}`,
    () =>
      inTemporaryDirectory(async (directory) => {
        let saidTaken = 0;
        const tooEarly: string[] = [];
        using tap = tapChannels(() => {
          saidTaken++;
          const got = countGot(directory);
          // A batch is taken just before the stage gets it.
          if (saidTaken > got + READERS) tooEarly.push(`${saidTaken} taken, ${got} got`);
        });
        const warnings: string[] = [];
        const report = await withTimeLimit(runStages({ name: "slow", stages }, {
          registry: {},
          directory,
          channelBytes: bound,
          onEvent: (event) => event.type === "warning" && warnings.push(event.message),
        }));
        const channels = tap.channels.filter(({ sent }) => sent.length > 0);
        assert.equal(channels.length, CHANNELS);
        for (const { sent, taken, inFlight } of channels) {
          assert.deepEqual(taken, sent, "the consumer takes what was sent, and nothing else");
          assert.ok(sent.length === COUNT || sent.length === 2 * COUNT);
          for (const [k, bytes] of inFlight.entries()) {
            assert.ok(
              bytes <= bound || bytes === sent[k],
              `${bytes} bytes with batch ${k} of ${sent[k]}`,
            );
          }
        }
        assert.deepEqual(tooEarly, []);
        assert.deepEqual(warnings, [], "no channel has grown");
        // It would be no test if the fast stages were never held up.
        for (const name of ["burst", "passed"]) {
          assert.ok(report.stages[name].ranks[0].outputWaitSeconds > 0);
        }
        const fullest = Math.max(...channels.flatMap(({ inFlight }) => inFlight));
        const largest = Math.max(...channels.flatMap(({ sent }) => sent));
        assert.ok(fullest > bound - largest, `${fullest} of ${bound} bytes at most`);
      }),
  );
}

/** Batches that stages have got, by their own count. */
function countGot(directory: string): number {
  const files = [...Deno.readDirSync(directory)].filter(({ name }) => name.endsWith(".got"));
  return sum(files.map(({ name }) => Deno.statSync(`${directory}/${name}`).size));
}
