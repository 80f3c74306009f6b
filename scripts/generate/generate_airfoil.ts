/** `deno task generate airfoil --out X.zarr`. @module */

import { Command } from "commander";
import { openAirfrans } from "../../pipeline/datasets/flows/airfrans_data.ts";
import {
  FIDELITIES,
  type FidelityName,
} from "../../pipeline/datasets/openfoam/airfoil/fidelity.ts";
import {
  drawAirfoil,
  parseAirfoilName,
} from "../../pipeline/datasets/openfoam/airfoil/airfoil_parameters.ts";
import { airfoilFlow } from "../../pipeline/datasets/openfoam/airfoil/solve_airfoil.ts";
import { airfoilManifest } from "../../pipeline/datasets/openfoam/manifest.ts";
import { addExamples, choiceOption } from "../command/command_line.ts";
import { addFlowOptions, chooseFlows, type FlowFlags, generateFlows } from "./generate_flows.ts";

const SOLVER = new URL(
  "../../pipeline/datasets/openfoam/airfoil/solve_airfoil.ts",
  import.meta.url,
);
const READER = new URL("../../pipeline/datasets/flows/airfrans_data.ts", import.meta.url);

/** Flow around aerofoils, solved by OpenFOAM. */
export const airfoil = addFlowOptions(
  new Command("airfoil").description(
    "Steady turbulent flow around NACA aerofoils, solved by OpenFOAM, in the layout of AirfRANS.",
  ),
  "data/airfoils",
  "airFoil2D_SST_62.4_10_0_0_12",
)
  .addOption(
    choiceOption(
      "--fidelity <name>",
      "mesh at the wall: low has wall functions (about 1 minute per case), high resolves the " +
        "boundary layer (about 10 minutes)",
      Object.keys(FIDELITIES),
    ).default("low"),
  )
  .action(async (flags: FlowFlags & { readonly fidelity: FidelityName }) => {
    const choice = chooseFlows(flags, drawAirfoil, parseAirfoilName);
    const flows = choice.map((parameters) => airfoilFlow(parameters, FIDELITIES[flags.fidelity]));
    await generateFlows(flows, flags, {
      command: "generate airfoil",
      solver: SOLVER,
      reader: READER,
      makeManifest: airfoilManifest,
      open: openAirfrans,
    });
  });

addExamples(
  airfoil,
  "deno task generate airfoil --fidelity low --count 20 --seed 1 --out data/airfoils.zarr",
  "deno task generate airfoil --fidelity high --case airFoil2D_SST_62.4_10_0_0_12 --out " +
    "data/naca0012",
);
