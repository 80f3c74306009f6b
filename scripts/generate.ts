/**
 * Generates data sets: `deno task generate darcy`.
 *
 * @module
 */

import { Command } from "commander";
import { addExamples, runCommand } from "./command/command_line.ts";
import { airfoil } from "./generate/generate_airfoil.ts";
import { darcy } from "./generate/generate_darcy.ts";
import { step3d } from "./generate/generate_step3d.ts";

/** The command. */
export const program = new Command("deno task generate").description(
  "Generate a data set by solving its equations.",
);
for (const command of [darcy, airfoil, step3d]) program.addCommand(command);

addExamples(
  program,
  "deno task generate darcy --count 160 --resolution 85 --seed 1 --out data/darcy.zarr",
  "deno task generate airfoil --fidelity low --count 20 --seed 1 --out data/airfoils.zarr",
);

if (import.meta.main) await runCommand(program);
