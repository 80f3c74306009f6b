/** `bench channel`: record batches from worker to worker. @module */

import { Command } from "commander";
import { join } from "node:path";
import { runStages } from "../../pipeline/engine/workers/run_stages.ts";
import { definePipeline } from "../../pipeline/stages/built_in_pipeline.ts";
import { addExamples, integerOption, interruptSignal } from "../command/command_line.ts";
import { SINK_FILE, type SinkTimes } from "./channel_sink.ts";
import { type Figure, median, printFigures } from "./timing.ts";
import { makeScratchDirectory } from "../command/scratch_directory.ts";

/** Batches of one size: small ones as in a halo, large ones as graphs. */
const SIZES = [
  { values: 32, batches: 20_000 },
  { values: 2 ** 14, batches: 5000 },
  { values: 2 ** 20, batches: 200 },
];

/** The command. */
export const channel: Command = new Command("channel")
  .description("Record batches per second and MB/s through a channel between two workers.")
  .addOption(integerOption("--repeats <n>", "runs to measure", 1).default(3))
  .option("--json", "print one JSON object", false)
  .action(async ({ repeats, json }: { readonly repeats: number; readonly json: boolean }) => {
    const figures: Figure[] = [];
    for (const size of SIZES) {
      const runs: SinkTimes[] = [];
      for (let k = 0; k < repeats; k++) runs.push(await runOnce(size));
      const time = median(runs.map(({ milliseconds, batches }) => milliseconds / batches));
      const bytes = runs[0].bytes / runs[0].batches;
      figures.push({
        name: `a batch of ${bytes.toLocaleString("en", { maximumFractionDigits: 0 })} bytes`,
        medianMs: time,
        rates: { "batches/s": 1000 / time, "MB/s": bytes / time / 1000 },
      });
    }
    const counts = SIZES.map(({ batches }) => batches.toLocaleString("en")).join(", ");
    const how =
      `Median of ${repeats} runs with ${counts} batches: created, encoded, sent, decoded; ` +
      "from the arrival of the first to that of the last.";
    printFigures({ benchmark: "channel", how, figures }, json);
  });

addExamples(channel, "deno task bench channel --repeats 5");

async function runOnce(size: (typeof SIZES)[number]): Promise<SinkTimes> {
  const directory = await makeScratchDirectory("bench");
  const module = (name: string) => new URL(`./${name}.ts`, import.meta.url).href;
  try {
    const pipeline = definePipeline({
      name: "bench",
      stages: {
        source: { run: module("channel_source"), with: size },
        sink: { run: module("channel_sink"), from: "source" },
      },
    });
    await runStages(pipeline, { registry: {}, directory, signal: interruptSignal });
    return JSON.parse(await Deno.readTextFile(join(directory, SINK_FILE)));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}
