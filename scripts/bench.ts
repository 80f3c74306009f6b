/**
 * Measures the project: `deno task bench NAME`.
 *
 * @module
 */

import { Command } from "commander";
import { mesh } from "./bench/mesh.ts";
import { step } from "./bench/step.ts";
import { addExamples, runCommand } from "./command_line.ts";

const program = new Command("deno task bench")
  .description("Measure a part of the project on this machine; each figure comes with how it was measured.")
  .addCommand(step)
  .addCommand(mesh);

addExamples(
  program,
  "deno task bench step --case tests/fixtures/cases/paper.safetensors --ranks 2",
  "deno task bench mesh --nodes 100000 --ranks 2 --json",
);

await runCommand(program);
