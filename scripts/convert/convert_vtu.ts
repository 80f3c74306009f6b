/** `deno task convert vtu FILES... --out X.zarr`. @module */

import { Command, Option } from "commander";
import { UserError } from "../../errors.ts";
import type { SplitShares } from "../../pipeline/datasets/splits.ts";
import { openVtkFiles } from "../../pipeline/datasets/flows/vtk_store.ts";
import { addExamples, inputArgument } from "../command/command_line.ts";
import { splitsOption } from "../options/splits_option.ts";
import {
  addTargetOptions,
  convertOnce,
  convertTo,
  type TargetFlags,
  targetOf,
} from "./convert_to.ts";
import { namesOption } from "./names_option.ts";

interface VtuFlags extends TargetFlags {
  readonly inputs?: readonly string[] | undefined;
  readonly targets?: readonly string[] | undefined;
  readonly dimensions?: 2 | 3 | undefined;
  readonly splits?: SplitShares | undefined;
}

const MODULE = new URL("../../pipeline/datasets/flows/vtk_store.ts", import.meta.url);

/** Meshes in VTK files. */
export const vtu = addTargetOptions(
  new Command("vtu")
    .description(
      "Meshes with point fields from VTK files (.vtu, .vtp), one sample per file.",
    )
    .addArgument(
      inputArgument("<files...>", "VTK files; their names become the ids of the samples"),
    ),
)
  .addOption(namesOption("--inputs <names>", "arrays that the network reads, such as k,sdf"))
  .addOption(
    namesOption(
      "--targets <names>",
      "arrays that the network predicts (without --inputs and --targets: all arrays, " +
        "without roles)",
    ),
  )
  .addOption(
    new Option(
      "--dimensions <n>",
      "space dimensions, 2 or 3 (default: 2 if the points lie in a plane x, y or z = constant)",
    )
      .argParser(parseDimensions),
  )
  .addOption(splitsOption("75/5/20"))
  .action(
    async (
      files: readonly string[],
      { inputs, targets, dimensions, splits, ...target }: VtuFlags,
    ) => {
      const out = targetOf(files[0], target);
      const options = {
        inputs,
        targets,
        dimensions,
        shares: splits,
      };
      await convertOnce(
        // The names of the files become the ids of the samples.
        {
          command: "convert vtu",
          module: MODULE,
          sources: files,
          options: { ...options, files },
        },
        out,
        target,
        async () => await convertTo(out, await openVtkFiles(files, options), target),
      );
    },
  );

addExamples(
  vtu,
  "deno task convert vtu run*/wing.vtu --inputs sdf --targets U,p --out data/wings.zarr",
  "deno task convert vtu new.vtu --inputs sdf --splits 0/0/1 --out new.zarr",
);

function parseDimensions(text: string): 2 | 3 {
  if (text === "2" || text === "3") return text === "2" ? 2 : 3;
  throw new UserError(`Cannot read --dimensions: it must be 2 or 3, received "${text}"`);
}
