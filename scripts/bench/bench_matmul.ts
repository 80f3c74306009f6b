/**
 * `bench matmul`: the rate of a device's matrix products; on WebGPU also that of each tile, as a
 * share of the adapter's peak.
 *
 * @module
 */

import { Command } from "commander";
import { createDevice, type DeviceChoice } from "../../kernels/select_device.ts";
import { createWebGpuDevice } from "../../kernels/webgpu/webgpu_device.ts";
import { peakGigaflops } from "../../kernels/webgpu/peak.ts";
import { TILES, tileText } from "../../kernels/webgpu/tile.ts";
import { addExamples, choiceOption, integerOption } from "../command/command_line.ts";
import { DEVICES } from "./devices.ts";
import { gigaflops, productMs, type ProductShape, RATE_SHAPE, shapeText } from "./matmul_rate.ts";
import { type Figure, printFigures } from "./timing.ts";

interface MatmulFlags {
  readonly device: DeviceChoice;
  readonly repeats: number;
  readonly json: boolean;
}

/**
 * The products of a hop of width 32 and kernel network 4-64-64 in blocks of some 2,000 edges, and
 * larger ones.
 */
const SHAPES: readonly ProductShape[] = [
  RATE_SHAPE,
  { rows: 64, inner: 2080, columns: 32 },
  { rows: 2048, inner: 64, columns: 64 },
  { rows: 2048, inner: 4, columns: 64 },
  { rows: 1024, inner: 1024, columns: 1024 },
];

/** Measurements of the peak, of which the best counts. */
const PEAK_REPEATS = 3;

/** The command. */
export const matmul: Command = new Command("matmul")
  .description("Matrix product with bias, in the shapes of the network.")
  .addOption(choiceOption("--device <device>", "device to measure", DEVICES).default("cpu"))
  .addOption(
    integerOption("--repeats <n>", "products to measure, after two to warm up", 1).default(30),
  )
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
      let how = `Median of ${repeats} products after two to warm up, each awaited; ` +
        `${device.description}, one rank.`;
      if (device.name === "webgpu") {
        figures.push(...await tileFigures(repeats));
        how += ` The peak is the best rate of bare multiply-adds, measured before each tile.`;
      }
      printFigures({ benchmark: "matmul", how, figures }, json);
    } finally {
      device.destroy();
    }
  });

/** The product of `RATE_SHAPE` in every tile. */
async function tileFigures(repeats: number): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const tile of TILES) {
    const peak = await peakGigaflops(PEAK_REPEATS);
    const device = await createWebGpuDevice({ allowFallback: true, tile });
    try {
      const time = await productMs(device, RATE_SHAPE, repeats);
      const rate = gigaflops(RATE_SHAPE, time);
      figures.push({
        name: `${shapeText(RATE_SHAPE)} in tiles of ${tileText(tile)}`,
        medianMs: time,
        rates: { "GFLOP/s": rate, "% of peak": 100 * rate / peak, "GFLOP/s peak": peak },
      });
    } finally {
      device.destroy();
    }
  }
  return figures;
}

addExamples(
  matmul,
  "deno task bench matmul --device cpu",
  "deno task bench matmul --device webgpu --repeats 5",
);
