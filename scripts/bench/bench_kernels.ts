/**
 * `bench kernels`: the kernels of the CPU device, one by one at the sizes of a hop, then a whole
 * hop, forward and backward.
 *
 * @module
 */

import { Command } from "commander";
import { type CpuDevice, createCpuDevice } from "../../kernels/cpu/cpu_device.ts";
import wasmModule from "../../kernels/cpu/module.js";
import type { Kernel } from "../../kernels/kernel.ts";
import { hopOutput, hopOutputBackward } from "../../kernels/ops/hop_output.ts";
import { layerNorm } from "../../kernels/ops/layer_norm.ts";
import {
  columnSum,
  linear,
  linearBackwardInput,
  linearBackwardWeight,
} from "../../kernels/ops/linear.ts";
import {
  ATTRIBUTES,
  DEGREE,
  EDGES,
  HIDDEN,
  Hop,
  HOP_OPERATIONS,
  INPUTS,
  MOMENT,
  NODES,
  OUTPUTS,
  WIDTH,
} from "./hop_kernels.ts";
import { addExamples, integerOption } from "../command/command_line.ts";

interface Benchmark {
  readonly name: string;
  /** Floating-point operations of one call; 0 for kernels that only move data. */
  readonly operations: number;
  readonly run: () => void;
}

interface Result {
  readonly name: string;
  /** Median time of one call. */
  readonly milliseconds: number;
  /** Rate of the median call. */
  readonly gigaflops: number;
  /** Rate of the fastest tenth of the calls: what a machine without other work gives. */
  readonly quietGigaflops: number;
  /**
   * That rate as a part of the rate of bare multiply-adds, measured between the calls and taken
   * alike.
   */
  readonly shareOfPeak: number;
}

function benchmarks(device: CpuDevice, blockEdges: number): Benchmark[] {
  const count = Math.max(1, Math.round(blockEdges / DEGREE));
  const edges = count * DEGREE;
  const hop = new Hop(device, count);
  hop.forward();
  hop.backward();
  const matmul = (
    name: string,
    kernel: Kernel,
    rows: number,
    inner: number,
    columns: number,
  ): Benchmark => ({
    name: `${name} [${rows}, ${inner}] x [${inner}, ${columns}]`,
    operations: 2 * rows * inner * columns,
    run: () =>
      device.run(kernel, {
        input: hop.array(`input ${rows} ${inner}`, rows * inner),
        weight: hop.array(`weight ${inner} ${columns}`, inner * columns),
        bias: hop.array(`bias ${columns}`, columns),
        output: hop.array(`output ${rows} ${columns}`, rows * columns),
        outputGradient: hop.array(`output ${rows} ${columns}`, rows * columns),
        inputGradient: hop.array(`gradient ${rows} ${inner}`, rows * inner),
        weightGradient: hop.array(`weightGradient ${inner} ${columns}`, inner * columns),
      }, { rows, inner, columns, activation: 1, accumulate: 0, mask: 1 }),
  });
  const elementwise = (name: string, kernel: Kernel, activation: number): Benchmark => ({
    name: `${name} ${NODES * WIDTH}`,
    operations: 0,
    run: () =>
      device.run(kernel, {
        update: hop.node("update", WIDTH),
        latent: hop.node("latent", WIDTH),
        next: hop.node("next", WIDTH),
        nextGradient: hop.node("next gradient", WIDTH),
        updateGradient: hop.node("update gradient", WIDTH),
        input: hop.node("latent", WIDTH),
        weight: hop.array("norm weight", WIDTH),
        bias: hop.array("norm bias", WIDTH),
        output: hop.node("next", WIDTH),
      }, { count: NODES * WIDTH, activation, residual: 1, rows: NODES, width: WIDTH }),
  });
  const momentOperations = 2 * edges * HIDDEN * WIDTH;
  return [
    matmul("linear", linear, 6000, 2048, 32),
    matmul("linear", linear, edges, HIDDEN, HIDDEN),
    matmul("linear", linear, edges, ATTRIBUTES, HIDDEN),
    matmul("linear", linear, count, MOMENT, WIDTH),
    matmul("linearBackwardInput", linearBackwardInput, edges, HIDDEN, HIDDEN),
    matmul("linearBackwardInput", linearBackwardInput, edges, ATTRIBUTES, HIDDEN),
    matmul("linearBackwardInput", linearBackwardInput, count, MOMENT, WIDTH),
    matmul("linearBackwardWeight", linearBackwardWeight, edges, HIDDEN, HIDDEN),
    matmul("linearBackwardWeight", linearBackwardWeight, edges, ATTRIBUTES, HIDDEN),
    matmul("linearBackwardWeight", linearBackwardWeight, count, MOMENT, WIDTH),
    {
      name: `moment ${edges} edges`,
      operations: momentOperations,
      run: () => hop.moment(0, count),
    },
    {
      name: `momentBackward ${edges} edges`,
      operations: 2 * momentOperations,
      run: () => hop.momentBackward(0, count),
    },
    { name: `edgeAttributes ${edges} edges`, operations: 0, run: () => hop.attributes(0, count) },
    {
      name: `gatherSum ${EDGES} edges, width ${WIDTH}`,
      operations: 0,
      run: () => hop.senderSum("latent", WIDTH, 0, WIDTH),
    },
    {
      name: `gatherSum ${EDGES} edges, width ${OUTPUTS}`,
      operations: 0,
      run: () => hop.senderSum("attributes", ATTRIBUTES, INPUTS, OUTPUTS),
    },
    {
      name: `segmentSum ${edges} edges, width ${OUTPUTS}`,
      operations: 0,
      run: () => hop.receiverSum(0, count),
    },
    {
      name: `columnSum [${edges}, ${HIDDEN}]`,
      operations: 0,
      run: () => {
        const input = hop.array("hidden1 gradient", count * DEGREE * HIDDEN);
        const sums = hop.array("hidden1 bias gradient", HIDDEN);
        device.run(columnSum, { input, sums }, { rows: edges, columns: HIDDEN });
      },
    },
    elementwise("hopOutput relu", hopOutput, 1),
    elementwise("hopOutput gelu", hopOutput, 2),
    elementwise("hopOutputBackward gelu", hopOutputBackward, 2),
    elementwise("layerNorm", layerNorm, 0),
    {
      name: `hop forward, blocks of ${edges} edges`,
      operations: HOP_OPERATIONS,
      run: () => hop.forward(),
    },
    {
      name: `hop backward, blocks of ${edges} edges`,
      operations: 2 * HOP_OPERATIONS,
      run: () => hop.backward(),
    },
    {
      name: `hop step, blocks of ${edges} edges`,
      operations: 3 * HOP_OPERATIONS,
      run: () => {
        hop.forward();
        hop.backward();
      },
    },
  ];
}

/** Times single calls, and bare multiply-adds between them. */
function measure({ name, operations, run }: Benchmark, repeats: number): Result {
  const { peakMadds } = new WebAssembly.Instance(wasmModule).exports as {
    peakMadds: (count: number, factor: number) => number;
  };
  const peakCount = 20_000;
  const peakOperations = 96 * peakCount;
  const times: number[] = [];
  const peakTimes: number[] = [];
  for (let k = -3; k < repeats; k++) {
    const time = elapsed(run);
    const peakTime = elapsed(() => peakMadds(peakCount, 0.5));
    if (k >= 0) [times.push(time), peakTimes.push(peakTime)];
  }
  const milliseconds = quantile(times, 0.5);
  const quietRate = operations / quantile(times, 0.1);
  return {
    name,
    milliseconds,
    gigaflops: operations / milliseconds / 1e6,
    quietGigaflops: quietRate / 1e6,
    shareOfPeak: quietRate / (peakOperations / quantile(peakTimes, 0.1)),
  };
}

function elapsed(run: () => void): number {
  const start = performance.now();
  run();
  return performance.now() - start;
}

function quantile(values: number[], part: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * part)];
}

/** The command. */
export const kernels: Command = new Command("kernels")
  .description("the kernels of the CPU device at the sizes of a hop, and a whole hop")
  .option("--filter <text>", "only benchmarks whose name contains the text", "")
  .addOption(
    integerOption("--repeats <n>", "calls per benchmark", 1).default(40),
  )
  .addOption(integerOption("--block-edges <n>", "edges of one block", 1))
  .option("--json", "print one JSON array", false)
  .action(
    (
      options: { filter: string; repeats: number; blockEdges?: number | undefined; json: boolean },
    ) => {
      const device = createCpuDevice();
      const results: Result[] = [];
      for (
        const benchmark of benchmarks(device, options.blockEdges ?? device.preferredBlockEdges)
      ) {
        if (!benchmark.name.includes(options.filter)) continue;
        const result = measure(benchmark, options.repeats);
        results.push(result);
        if (!options.json) console.log(describe(result));
      }
      if (options.json) console.log(JSON.stringify(results, undefined, 2));
    },
  );

addExamples(kernels, "deno task bench kernels --filter step");

function describe({ name, milliseconds, gigaflops, quietGigaflops, shareOfPeak }: Result): string {
  const time = `${name.padEnd(54)} ${`${milliseconds.toFixed(3)} ms`.padStart(11)}`;
  if (gigaflops === 0) return time;
  return `${time} ${gigaflops.toFixed(1).padStart(6)} GFLOP/s, quiet ` +
    `${quietGigaflops.toFixed(1).padStart(5)} ` +
    `(${(100 * shareOfPeak).toFixed(0).padStart(2)} % of peak)`;
}
