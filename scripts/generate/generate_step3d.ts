/** `deno task generate step3d --out X.zarr`. @module */

import { Command, Option } from "commander";
import { UserError } from "../../errors.ts";
import { stepManifest } from "../../pipeline/datasets/openfoam/manifest.ts";
import { drawStep, parseStepName } from "../../pipeline/datasets/openfoam/step/step_parameters.ts";
import { stepFlow } from "../../pipeline/datasets/openfoam/step/solve_step.ts";
import { openStep3d } from "../../pipeline/datasets/flows/step3d_data.ts";
import { addExamples } from "../command/command_line.ts";
import { addFlowOptions, chooseFlows, type FlowFlags, generateFlows } from "./generate_flows.ts";

/** Range of the cells per length, relative to the default mesh. */
const REFINEMENTS = { min: 0.25, max: 4 } as const;

const SOLVER = new URL("../../pipeline/datasets/openfoam/step/solve_step.ts", import.meta.url);
const READER = new URL("../../pipeline/datasets/flows/step3d_data.ts", import.meta.url);

/** Flow over backward-facing steps, solved by OpenFOAM. */
export const step3d = addFlowOptions(
  new Command("step3d").description(
    "Steady turbulent flow over backward-facing steps in a channel, in 3-D, solved by OpenFOAM.",
  ),
  "data/steps",
  "step3D_kEps_12_0.05",
)
  .addOption(
    new Option(
      "--refinement <factor>",
      "cells per length, relative to the mesh with about 32,000 nodes",
    )
      .argParser(parseRefinement).default(1),
  )
  .action(async (flags: FlowFlags & { readonly refinement: number }) => {
    const choice = chooseFlows(flags, drawStep, parseStepName);
    const flows = choice.map((parameters) => stepFlow(parameters, flags.refinement));
    await generateFlows(flows, flags, {
      command: "generate step3d",
      solver: SOLVER,
      reader: READER,
      makeManifest: stepManifest,
      open: openStep3d,
    });
  });

addExamples(
  step3d,
  "deno task generate step3d --count 10 --seed 1 --out data/steps.zarr",
  "deno task generate step3d --case step3D_kEps_12_0.05 --refinement 1.55 --out data/fine_step",
);

function parseRefinement(text: string): number {
  const value = text.trim() === "" ? NaN : Number(text);
  if (value >= REFINEMENTS.min && value <= REFINEMENTS.max) return value;
  throw new UserError(
    `Cannot read --refinement: it must be a number of ${REFINEMENTS.min} to ` +
      `${REFINEMENTS.max}, received "${text}"`,
  );
}
