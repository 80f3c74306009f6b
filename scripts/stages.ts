/**
 * Describes the built-in stages: `deno task stages sample`.
 *
 * @module
 */

import { Command } from "commander";
import { addExamples, runCommand } from "./command/command_line.ts";
import { printResult } from "./command/result_output.ts";
import { builtInStage, builtInStages } from "./reference/built_in_stages.ts";
import { stageList, stageText } from "./reference/stage_text.ts";
import { stagesPage } from "./reference/stages_page.ts";

/** The command. */
export const program = new Command("deno task stages")
  .description("Describe the built-in stages: purpose, options, inputs, and columns of the output.")
  .argument("[name]", "a stage; without it, all stages are listed")
  .option("--markdown", "print the reference of all stages as Markdown, as in docs/stages.md")
  .action(
    async (
      name: string | undefined,
      { markdown = false }: { readonly markdown?: boolean | undefined },
    ) => {
      if (name !== undefined) printResult("stage", stageText(await builtInStage(name)));
      else if (markdown) printResult("reference", stagesPage(await builtInStages()).trimEnd());
      else printResult("list", stageList(await builtInStages()));
    },
  );

addExamples(program, "deno task stages", "deno task stages sample");

if (import.meta.main) await runCommand(program);
