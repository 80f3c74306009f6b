/** `deno task convert darcy FILE --out X.zarr`. @module */

import { extname } from "node:path";
import { Command } from "commander";
import { UserError } from "../../errors.ts";
import { type MeshStore, openMeshStore } from "../../io/mesh_store.ts";
import { openDarcyMatlab } from "../../pipeline/datasets/darcy/darcy_matlab.ts";
import type { SplitShares } from "../../pipeline/datasets/splits.ts";
import { addExamples, inputArgument, integerOption } from "../command/command_line.ts";
import { splitsOption } from "../options/splits_option.ts";
import {
  addTargetOptions,
  convertAndSummarize,
  convertOnce,
  type TargetFlags,
  targetOf,
} from "./convert_to.ts";

interface DarcyFlags extends TargetFlags {
  readonly resolution?: number | undefined;
  readonly splits?: SplitShares | undefined;
}

const MODULE = new URL("../../pipeline/datasets/darcy/darcy_matlab.ts", import.meta.url);

/** Darcy flow, from MATLAB files or between stores. */
export const darcy = addTargetOptions(
  new Command("darcy")
    .description(
      "Darcy flow on a grid, from MATLAB (keys coeff and sol, version 5 or 7.3), Zarr or Arrow.",
    )
    .addArgument(inputArgument("<file>", "a .mat file, or a .zarr or .arrow store")),
)
  .addOption(
    integerOption(
      "--resolution <n>",
      "vertices per side of the output, such as 85 of 421 (default: all)",
      3,
    ),
  )
  .addOption(splitsOption("as in the store, 75/5/20 for MATLAB"))
  .action(async (file: string, { resolution, splits, ...target }: DarcyFlags) => {
    const out = targetOf(file, target);
    const options = { resolution, shares: splits };
    await convertOnce(
      { command: "convert darcy", module: MODULE, sources: [file], options },
      out,
      target,
      async () => await convertAndSummarize(out, await openDarcy(file), { ...target, ...options }),
    );
  });

addExamples(
  darcy,
  "deno task convert darcy piececonst_r421_N1024_smooth1.mat --out data/darcy.zarr --resolution 85",
  "deno task convert darcy data/darcy.zarr --out data/darcy.arrow",
);

async function openDarcy(file: string): Promise<MeshStore> {
  if (!await isStore(file)) return await openDarcyMatlab(file);
  const store = await openMeshStore(file);
  if (store.attributes.case === "darcy") return store;
  throw new UserError(
    `Cannot convert "${file}": its case must be "darcy", received "${store.attributes.case}"`,
  );
}

/** Whether a path is a store, by its extension or because it is a folder. */
async function isStore(path: string): Promise<boolean> {
  if ([".zarr", ".arrow"].includes(extname(path).toLowerCase())) return true;
  return await Deno.stat(path).then(({ isDirectory }) => isDirectory, () => false);
}
