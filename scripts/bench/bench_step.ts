/** `bench step`: a training step on a case file. @module */

import { Command } from "commander";
import { readCaseFile } from "../../pipeline/training/case_file.ts";
import { LOSS_TOLERANCE } from "../../pipeline/training/certificate.ts";
import { addExamples, choiceOption, inputOption, integerOption } from "../command/command_line.ts";
import { DEVICES } from "./devices.ts";
import { describeSideBySide, measureSideBySide } from "./side_by_side.ts";
import { describeSteps, measureSteps } from "./step_report.ts";

interface StepFlags {
  readonly case: string;
  readonly ranks: number;
  readonly device: string;
  readonly warmup: number;
  readonly repeats: number;
  readonly independent: boolean;
  readonly json: boolean;
}

/** The command. */
export const step: Command = new Command("step")
  .description(
    "A training step (forward, backward, all-reduce, optimizer) on a case file, in workers as " +
      "in a real run.",
  )
  .addOption(
    inputOption("--case <file>", "case file (.safetensors, format dsmpnn-case/1)")
      .makeOptionMandatory(),
  )
  .addOption(integerOption("--ranks <n>", "ranks that share the graph", 1, 64).default(1))
  .addOption(choiceOption("--device <device>", "device of the network", DEVICES).default("cpu"))
  .addOption(integerOption("--repeats <n>", "steps to measure", 1).default(10))
  .addOption(integerOption("--warmup <n>", "steps before the measurement", 0).default(2))
  .option(
    "--independent",
    "compare with the same number of independent runs of one rank",
    false,
  )
  .option("--json", "print one JSON object", false)
  .action(async ({ case: file, json, independent, ...plan }: StepFlags) => {
    const { config, expected } = await readCaseFile(file);
    const graphIn = (parts: number) => ({ run: "read_case", with: { file, parts } });
    const report = await measureSteps({ ...plan, graph: graphIn(plan.ranks), config, file });
    const alone = { ...plan, ranks: 1, graph: graphIn(1), config, file };
    const sideBySide = independent ? await measureSideBySide(alone, report) : undefined;
    const error = expected && Math.abs(report.loss - expected.loss) / Math.abs(expected.loss);
    const ok = error === undefined || error <= LOSS_TOLERANCE;
    if (!ok) Deno.exitCode = 1;
    if (json) {
      const check = { expectedLoss: expected?.loss ?? null, lossError: error ?? null, ok };
      return console.log(JSON.stringify({ case: file, ...report, ...check, ...sideBySide }));
    }
    console.log(describeSteps(file, report));
    if (sideBySide !== undefined) console.log(describeSideBySide(sideBySide));
    if (error === undefined) return;
    console.log(
      ok
        ? `               relative error ${error.toExponential(1)}`
        : `LOSS IS WRONG: expected ${expected?.loss}`,
    );
  });

addExamples(
  step,
  "deno task bench step --case tests/fixtures/cases/paper.safetensors --ranks 2 --independent",
);
