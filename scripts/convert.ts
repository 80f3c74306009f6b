/**
 * Converts data sets: `deno task convert darcy FILE.mat --out X.zarr`.
 *
 * @module
 */

import { extname } from "node:path";
import { Command } from "commander";
import { UserError } from "../errors.ts";
import { type MeshStore, openMeshStore } from "../io/mesh_store.ts";
import { convertStore } from "../pipeline/datasets/convert_store.ts";
import { openDarcyMatlab } from "../pipeline/datasets/darcy_matlab.ts";
import type { SplitShares } from "../pipeline/datasets/splits.ts";
import { addExamples, integerOption, interruptSignal, runCommand } from "./command_line.ts";
import { startProgress } from "./progress.ts";
import { splitsOption } from "./splits_option.ts";

interface DarcyFlags {
  readonly out?: string;
  readonly resolution?: number;
  readonly splits?: SplitShares;
  readonly overwrite: boolean;
}

const program = new Command("deno task convert").description("Convert a data set to a store.");

const darcy = program.command("darcy")
  .description("Darcy flow on a grid, from MATLAB (keys coeff and sol, version 5 or 7.3), Zarr or Arrow.")
  .argument("<file>", "a .mat file, or a .zarr or .arrow store")
  .option("--out <store>", "where to write: a .zarr or .arrow store (required)")
  .addOption(
    integerOption("--resolution <n>", "vertices per side to keep, such as 85 of 421 (default: all)", 3),
  )
  .addOption(splitsOption("those of a store, 75/5/20 for MATLAB"))
  .option("--overwrite", "replace what is there, once the new data set is whole", false)
  .action(convertDarcy);

addExamples(
  darcy,
  "deno task convert darcy piececonst_r421_N1024_smooth1.mat --out data/darcy.zarr --resolution 85",
  "deno task convert darcy data/darcy.zarr --out data/darcy.arrow",
);

addExamples(program, "deno task convert darcy data/darcy.zarr --out data/darcy.arrow");

await runCommand(program);

async function convertDarcy(file: string, { out, resolution, splits, overwrite }: DarcyFlags): Promise<void> {
  // Not a mandatory option of commander, which would complain of it before it looks at mistyped names.
  if (out === undefined) {
    throw new UserError(`Cannot convert "${file}" as --out must say where to: it is missing`);
  }
  const source = await openDarcy(file);
  const progress = startProgress("convert", source.sampleCount, "samples");
  try {
    await convertStore(source, out, {
      overwrite,
      onProgress: (done) => progress.update(done),
      signal: interruptSignal,
      ...(resolution !== undefined && { resolution }),
      ...(splits !== undefined && { shares: splits }),
    });
  } finally {
    progress.stop();
  }
  console.log(`Wrote ${source.sampleCount} samples to ${out}`);
}

async function openDarcy(file: string): Promise<MeshStore> {
  if (!await isStore(file)) return await openDarcyMatlab(file);
  const store = await openMeshStore(file);
  if (store.attributes.case === "darcy") return store;
  throw new UserError(
    `Cannot convert "${file}" as a data set of Darcy flow is expected: its case is "${store.attributes.case}"`,
  );
}

/** Whether a path is to be read as a store: by its name, or as a folder is nothing else. */
async function isStore(path: string): Promise<boolean> {
  if ([".zarr", ".arrow"].includes(extname(path).toLowerCase())) return true;
  return await Deno.stat(path).then(({ isDirectory }) => isDirectory, () => false);
}
