/**
 * Measures the project: `deno task bench NAME`.
 *
 * @module
 */

import { Command } from "commander";
import { channel } from "./bench/bench_channel.ts";
import { generate } from "./bench/bench_generate.ts";
import { graph } from "./bench/bench_graph.ts";
import { io } from "./bench/bench_io.ts";
import { kernels } from "./bench/bench_kernels.ts";
import { matmul } from "./bench/bench_matmul.ts";
import { mesh } from "./bench/bench_mesh.ts";
import { optimizer } from "./bench/bench_optimizer.ts";
import { start } from "./bench/bench_start.ts";
import { step } from "./bench/bench_step.ts";
import { view } from "./bench/bench_view.ts";
import { addExamples, runCommand } from "./command/command_line.ts";

/** The command. */
export const program = new Command("deno task bench")
  .description(
    "Measure a part of the project on this machine. Each result states its method.",
  );
for (
  const command of [
    step,
    mesh,
    graph,
    matmul,
    kernels,
    optimizer,
    generate,
    io,
    channel,
    start,
    view,
  ]
) {
  program.addCommand(command);
}

addExamples(
  program,
  "deno task bench step --case tests/fixtures/cases/paper.safetensors --ranks 2",
  "deno task bench mesh --nodes 100000 --ranks 2 --json",
);

if (import.meta.main) await runCommand(program);
