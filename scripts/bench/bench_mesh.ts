/** `bench mesh`: a training step on a large mesh that is not sampled. @module */

import { Command, Option } from "commander";
import { UserError } from "../../errors.ts";
import { networkConfig, trainOptions } from "../../pipeline/training/train_options.ts";
import { addExamples, choiceOption, integerOption } from "../command/command_line.ts";
import { DEVICES } from "./devices.ts";
import { describeSteps, measureSteps } from "./step_report.ts";

interface MeshFlags {
  readonly nodes: number;
  readonly edges: number;
  readonly dimensions: number;
  readonly kernel: readonly number[];
  readonly width: number;
  readonly hops: number;
  readonly ranks: number;
  readonly device: string;
  readonly warmup?: number | undefined;
  readonly repeats?: number | undefined;
  readonly json: boolean;
}

/** With at least this number of nodes, a step takes minutes, and warming up makes no difference. */
const LARGE_MESH = 300_000;

/** The command. */
export const mesh: Command = new Command("mesh")
  .description(
    "A training step on all nodes of a synthetic mesh: a jittered lattice with a radius graph.",
  )
  .addOption(integerOption("--nodes <n>", "nodes of the mesh", 1, 1e8).default(100_000))
  .addOption(integerOption("--edges <n>", "edges per node", 1, 10_000).default(32))
  .addOption(integerOption("--dimensions <n>", "space dimensions", 1, 3).default(2))
  .addOption(
    new Option("--kernel <widths>", "hidden widths of the kernel network").argParser(parseWidths)
      .default([64, 64], "64,64"),
  )
  .addOption(integerOption("--width <n>", "latent width", 1, 65_536).default(32))
  .addOption(integerOption("--hops <n>", "hops", 1, 1000).default(4))
  .addOption(integerOption("--ranks <n>", "ranks that share the mesh", 1, 64).default(2))
  .addOption(choiceOption("--device <device>", "device of the network", DEVICES).default("cpu"))
  .addOption(
    integerOption("--repeats <n>", "steps to measure (default: 3, or 1 for large meshes)", 1),
  )
  .addOption(
    integerOption(
      "--warmup <n>",
      "steps before the measurement (default: 1, or 0 for large meshes)",
      0,
    ),
  )
  .option("--json", "print one JSON object", false)
  .action(async ({ nodes, edges, dimensions, kernel, width, hops, json, ...plan }: MeshFlags) => {
    const options = trainOptions.parse({ width, hops, kernelHidden: kernel });
    const config = networkConfig(options, dimensions + 1, 1, dimensions);
    const run = new URL("./mesh_stage.ts", import.meta.url).href;
    const graph = { run, with: { nodes, edges, dimensions, parts: plan.ranks } };
    const isLarge = nodes >= LARGE_MESH;
    const { warmup = isLarge ? 0 : 1, repeats = isLarge ? 1 : 3 } = plan;
    const report = await measureSteps({ ...plan, warmup, repeats, graph, config });
    const network = { width, hops, kernel, dimensions };
    console.log(
      json
        ? JSON.stringify({ ...report, ...network })
        : describeSteps(`a synthetic mesh in ${dimensions}-D`, report),
    );
  });

addExamples(mesh, "deno task bench mesh --nodes 100000 --edges 32 --kernel 64,64 --ranks 2");

function parseWidths(text: string): readonly number[] {
  const widths = text.split(",").map(Number);
  if (widths.every((width) => Number.isInteger(width) && width >= 1 && width <= 65_536)) {
    return widths;
  }
  throw new UserError(
    `Cannot read --kernel: it must be integers >= 1 separated by commas, received "${text}"`,
  );
}
