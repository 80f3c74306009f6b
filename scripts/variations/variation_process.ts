/**
 * The process of one variation: runs what it reads from its input, `{ variation, directory }` as
 * JSON.
 *
 * @module
 */

import { Command } from "commander";
import { runVariation, type Variation } from "../../pipeline/experiments/variations.ts";
import { interruptSignal, runCommand } from "../command/command_line.ts";
import { startRunProgress } from "../progress/run_progress.ts";

/** What the process is told. */
export interface VariationTask {
  readonly variation: Variation;
  readonly directory: string;
}

await runCommand(
  new Command("variation").action(async () => {
    const { variation, directory }: VariationTask = await new Response(Deno.stdin.readable).json();
    const progress = startRunProgress();
    await runVariation(variation, directory, {
      signal: interruptSignal,
      onEvent: (event) => progress.show(event),
    }).finally(() => progress.stop());
  }),
);
