/**
 * Converts data sets: `deno task convert darcy FILE.mat --out X.zarr`.
 *
 * @module
 */

import { Command } from "commander";
import { addExamples, runCommand } from "./command_line.ts";
import { airfrans } from "./convert/airfrans.ts";
import { darcy } from "./convert/darcy.ts";
import { edges } from "./convert/edges.ts";
import { step3d } from "./convert/step3d.ts";
import { vtu } from "./convert/vtu.ts";

const program = new Command("deno task convert").description("Convert a data set to a store.");
for (const command of [darcy, airfrans, step3d, vtu, edges]) program.addCommand(command);

addExamples(
  program,
  "deno task convert airfrans Dataset --out data/airfrans.zarr",
  "deno task convert vtu run*/wing.vtu --inputs sdf --targets U,p --out data/wings.zarr",
);

await runCommand(program);
