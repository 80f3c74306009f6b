/** `bench matmul`: the rate of a device's matrix products. @module */

import { Command } from "commander";
import { createDevice, type DeviceChoice } from "../../kernels/select_device.ts";
import { addExamples, choiceOption, integerOption } from "../command_line.ts";
import { DEVICES } from "./devices.ts";
import { gigaflops, productMs, type ProductShape, RATE_SHAPE, shapeText } from "./matmul_rate.ts";
import { type Figure, printFigures } from "./timing.ts";

interface MatmulFlags {
  readonly device: DeviceChoice;
  readonly repeats: number;
  readonly json: boolean;
}

/** The products of a hop of width 32 and kernel network 4-64-64 in blocks of some 2,000 edges, and larger ones. */
const SHAPES: readonly ProductShape[] = [
  RATE_SHAPE,
  { rows: 64, inner: 2080, columns: 32 },
  { rows: 2048, inner: 64, columns: 64 },
  { rows: 2048, inner: 4, columns: 64 },
  { rows: 1024, inner: 1024, columns: 1024 },
];

/** The command. */
export const matmul: Command = new Command("matmul")
  .description("the device's matrix product with its bias, on the shapes of the network")
  .addOption(choiceOption("--device <device>", "where it runs", DEVICES).default("cpu"))
  .addOption(integerOption("--repeats <n>", "products to measure, after two to warm up", 1).default(30))
  .option("--json", "print one JSON object", false)
  .action(async ({ device: choice, repeats, json }: MatmulFlags) => {
    const device = await createDevice(choice);
    try {
      const figures: Figure[] = [];
      for (const shape of SHAPES) {
        const time = await productMs(device, shape, repeats);
        figures.push({
          name: shapeText(shape),
          medianMs: time,
          rates: { "GFLOP/s": gigaflops(shape, time) },
        });
      }
      const how =
        `Median of ${repeats} products after two to warm up, each awaited; ${device.description}, one rank.`;
      printFigures({ benchmark: "matmul", how, figures }, json);
    } finally {
      device.destroy();
    }
  });

addExamples(matmul, "deno task bench matmul --device cpu");
