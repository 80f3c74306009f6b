/** `bench generate`: samples of the data sets. @module */

import { Command } from "commander";
import { generateDarcySample } from "../../pipeline/datasets/darcy/darcy_data.ts";
import { addExamples, integerOption } from "../command/command_line.ts";
import { type Figure, medianMs, printFigures } from "./timing.ts";

/** The command. */
export const generate: Command = new Command("generate")
  .description("Random field and solution of a Darcy sample on 85 x 85 and 421 x 421 vertices.")
  .addOption(
    integerOption("--repeats <n>", "samples to measure, after one to warm up", 1).default(5),
  )
  .option("--json", "print one JSON object", false)
  .action(async ({ repeats, json }: { readonly repeats: number; readonly json: boolean }) => {
    const figures: Figure[] = [];
    for (const resolution of [85, 421]) {
      let sample = 0;
      const options = { count: repeats + 1, resolution, seed: 1 };
      const time = await medianMs(repeats, () => generateDarcySample(sample++, options));
      figures.push({
        name: `Darcy sample on ${resolution} x ${resolution} vertices`,
        medianMs: time,
        rates: { "samples/s": 1000 / time },
      });
    }
    const how = `Median of ${repeats} different samples after one to warm up, on one thread.`;
    printFigures({ benchmark: "generate", how, figures }, json);
  });

addExamples(generate, "deno task bench generate --repeats 10");
