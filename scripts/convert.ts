/**
 * Converts data sets: `deno task convert FILES... --out X.zarr`.
 *
 * @module
 */

import { Command } from "commander";
import { addExamples, runCommand } from "./command/command_line.ts";
import { airfrans } from "./convert/convert_airfrans.ts";
import { darcy } from "./convert/convert_darcy.ts";
import { edges } from "./convert/convert_edges.ts";
import { files } from "./convert/convert_files.ts";
import { step3d } from "./convert/convert_step3d.ts";

/** The command. */
export const program = new Command("deno task convert").description(
  "Convert a data set to a store.",
);
program.addCommand(files, { isDefault: true });
for (const command of [darcy, airfrans, step3d, edges]) program.addCommand(command);

addExamples(
  program,
  "deno task convert airfrans Dataset --out data/airfrans.zarr",
  "deno task convert run*/wing.vtu --inputs sdf --targets U,p --out data/wings.zarr",
);

if (import.meta.main) await runCommand(program);
