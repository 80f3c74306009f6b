/**
 * `bench optimizer`: the update of all parameters by each optimizer, and of each matrix by Muon.
 *
 * @module
 */

import { Command } from "commander";
import type { Device } from "../../kernels/device.ts";
import { createDevice, type DeviceChoice } from "../../kernels/select_device.ts";
import { fillNormal, hash } from "../../pipeline/graph/random.ts";
import { createOptimizer, Muon, muonMatrices, OPTIMIZERS } from "../../pipeline/model/muon.ts";
import type { Optimizer } from "../../pipeline/model/optimizer.ts";
import type { MatrixShape } from "../../pipeline/model/orthogonaliser.ts";
import { ParameterLayout } from "../../pipeline/model/parameters.ts";
import { NETWORK } from "../../pipeline/presets/preset.ts";
import { networkConfig, trainOptions } from "../../pipeline/training/train_options.ts";
import { addExamples, choiceOption, integerOption } from "../command/command_line.ts";
import { DEVICES } from "./devices.ts";
import { type Figure, medianMs, printFigures } from "./timing.ts";

interface OptimizerFlags {
  readonly device: DeviceChoice;
  readonly repeats: number;
  readonly json: boolean;
}

/** The network of the Darcy preset. */
const CONFIG = networkConfig(trainOptions.parse(NETWORK), 3, 1, 2);

/** Products of the size of the Gram matrix, and with the larger side, in one update. */
const GRAM_PRODUCTS = 14;
const LARGE_PRODUCTS = 4;

const WARMUP = 10;

/** The command. */
export const optimizer: Command = new Command("optimizer")
  .description("The update of all parameters of the Darcy preset by each optimizer.")
  .addOption(choiceOption("--device <device>", "device of the products", DEVICES).default("cpu"))
  .addOption(integerOption("--repeats <n>", "updates to measure", 1).default(200))
  .option("--json", "print one JSON object", false)
  .action(async ({ device: choice, repeats, json }: OptimizerFlags) => {
    const device = await createDevice(choice);
    try {
      const layout = new ParameterLayout(CONFIG);
      const figures: Figure[] = [];
      for (const name of OPTIMIZERS) {
        const updated = createOptimizer(name, device, CONFIG);
        const time = await updateMs(updated, layout.length, repeats);
        const rates = { "Mparameters/s": layout.length / time / 1e3 };
        figures.push({ name, medianMs: time, rates });
      }
      for (const { rows, columns } of muonMatrices(CONFIG, layout)) {
        figures.push(await matrixFigure(device, { rows, columns }, repeats));
      }
      const how = `Median of ${repeats} updates after ${WARMUP} to warm up, of ${layout.length} ` +
        `parameters; ${device.description}, one rank.`;
      printFigures({ benchmark: "optimizer", how, figures }, json);
    } finally {
      device.destroy();
    }
  });

addExamples(optimizer, "deno task bench optimizer --device cpu");

/** The update of one matrix. */
async function matrixFigure(
  device: Device,
  { rows, columns }: MatrixShape,
  repeats: number,
): Promise<Figure> {
  const muon = new Muon(device, rows * columns, [{ offset: 0, rows, columns }]);
  const time = await updateMs(muon, rows * columns, repeats);
  const size = Math.min(rows, columns);
  const products = LARGE_PRODUCTS * rows * columns * size + GRAM_PRODUCTS * size ** 3;
  const rates = { "GFLOP/s": 2 * products / time / 1e6 };
  return { name: `muon [${rows}, ${columns}]`, medianMs: time, rates };
}

/** The median time of an update of `length` parameters; releases the optimizer. */
async function updateMs(updated: Optimizer, length: number, repeats: number): Promise<number> {
  const parameters = new Float32Array(length);
  const gradient = fillNormal(hash(0, "optimizer", length), new Float32Array(length));
  try {
    return await medianMs(repeats, async () => {
      await updated.prepare(parameters, gradient, 1e-3);
      updated.apply(parameters);
    }, WARMUP);
  } finally {
    updated.release();
  }
}
