/**
 * Times the kernels of the CPU device: one by one at the sizes of a hop, then a whole hop, forward and backward.
 *
 *     deno task bench:kernels [--filter <text>] [--repeats <n>] [--json]
 *
 * @module
 */

import { Command } from "commander";
import { type CpuDevice, createCpuDevice } from "../kernels/cpu/device.ts";
import wasmModule from "../kernels/cpu/module.js";
import type { DeviceArray } from "../kernels/device.ts";
import type { Kernel } from "../kernels/kernel.ts";
import { edgeAttributes } from "../kernels/ops/edge_attributes.ts";
import { hopOutput, hopOutputBackward } from "../kernels/ops/hop_output.ts";
import { layerNorm } from "../kernels/ops/layer_norm.ts";
import { columnSum, linear, linearBackwardInput, linearBackwardWeight } from "../kernels/ops/linear.ts";
import { moment, momentBackward } from "../kernels/ops/moment.ts";
import { gatherSum, segmentSum } from "../kernels/ops/sums.ts";
import { integerOption, runCommand } from "./command_line.ts";

/** A sampled mesh as in the paper's runs. */
const NODES = 1600, DEGREE = 56, EDGES = NODES * DEGREE;
const WIDTH = 32, INPUTS = 3, OUTPUTS = 1, ATTRIBUTES = INPUTS + OUTPUTS, HIDDEN = 64;
const MOMENT = (HIDDEN + 1) * WIDTH;

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
  /** That rate as a part of the rate of bare multiply-adds, measured between the calls and taken alike. */
  readonly shareOfPeak: number;
}

/** Arrays of one hop, and the hop as calls of kernels: what the network does, block by block of receivers. */
class Hop {
  readonly arrays = new Map<string, DeviceArray<"f32">>();
  readonly offsets: DeviceArray<"u32">;
  readonly senders: DeviceArray<"u32">;
  readonly receivers: DeviceArray<"u32">;
  readonly nodes: DeviceArray<"u32">;
  readonly outgoing: DeviceArray<"u32">;

  constructor(readonly device: CpuDevice, readonly blockReceivers: number) {
    const senders = Uint32Array.from(
      { length: EDGES },
      (_, e) => (Math.floor(e / DEGREE) + 37 * e + 1) % NODES,
    );
    this.senders = device.upload(senders);
    this.receivers = device.upload(Uint32Array.from({ length: EDGES }, (_, e) => Math.floor(e / DEGREE)));
    this.offsets = device.upload(Uint32Array.from({ length: NODES + 1 }, (_, i) => i * DEGREE));
    this.nodes = device.upload(Uint32Array.from({ length: NODES }, (_, i) => i));
    this.outgoing = device.upload(
      Uint32Array.from({ length: EDGES }, (_, e) => e).sort((a, b) => senders[a] - senders[b] || a - b),
    );
  }

  /** The array `name`, made at the first use and filled with small values of both signs. */
  array(name: string, length: number): DeviceArray<"f32"> {
    let array = this.arrays.get(name);
    if (array === undefined) {
      array = this.device.upload(Float32Array.from({ length }, (_, k) => ((k * 7919) % 2003) / 1001 - 1));
      this.arrays.set(name, array);
    }
    return array;
  }

  edges(name: string, width: number, first: number, count: number): DeviceArray<"f32"> {
    return this.array(name, EDGES * width).slice(first * DEGREE * width, (first + count) * DEGREE * width);
  }

  node(name: string, width: number, first = 0, count = NODES): DeviceArray<"f32"> {
    return this.array(name, NODES * width).slice(first * width, (first + count) * width);
  }

  #blocks(visit: (first: number, count: number) => void): void {
    for (let first = 0; first < NODES; first += this.blockReceivers) {
      visit(first, Math.min(this.blockReceivers, NODES - first));
    }
  }

  forward(): void {
    this.#blocks((first, count) => {
      this.attributes(first, count);
      this.layer("attributes", ATTRIBUTES, "hidden1", HIDDEN, first, count);
      this.layer("hidden1", HIDDEN, "hidden2", HIDDEN, first, count);
      this.moment(first, count);
      this.update(first, count);
    });
  }

  backward(): void {
    this.#blocks((first, count) => {
      this.updateBackward(first, count);
      this.momentBackward(first, count);
      this.layerBackward("hidden1", HIDDEN, "hidden2", HIDDEN, first, count);
      this.layerBackward("attributes", ATTRIBUTES, "hidden1", HIDDEN, first, count);
      this.receiverSum(first, count);
    });
    this.senderSum("latent", WIDTH, 0, WIDTH);
    this.senderSum("attributes", ATTRIBUTES, INPUTS, OUTPUTS);
  }

  attributes(first: number, count: number): void {
    const senders = this.senders.slice(first * DEGREE, (first + count) * DEGREE);
    const receivers = this.receivers.slice(first * DEGREE, (first + count) * DEGREE);
    const input = this.node("input", INPUTS), decoded = this.node("decoded", OUTPUTS);
    const attributes = this.edges("attributes", ATTRIBUTES, first, count);
    const sizes = { edges: count * DEGREE, inputs: INPUTS, outputs: OUTPUTS };
    this.device.run(edgeAttributes, { senders, receivers, input, decoded, attributes }, sizes);
  }

  layer(from: string, inner: number, to: string, columns: number, first: number, count: number): void {
    this.device.run(linear, {
      input: this.edges(from, inner, first, count),
      weight: this.array(`${to} weight`, inner * columns),
      bias: this.array(`${to} bias`, columns),
      output: this.edges(to, columns, first, count),
    }, { rows: count * DEGREE, inner, columns, activation: 1, accumulate: 0 });
  }

  #momentInputs(first: number, count: number) {
    return {
      offsets: this.offsets.slice(first, first + count + 1),
      senders: this.senders.slice(first * DEGREE, (first + count) * DEGREE),
      hidden: this.edges("hidden2", HIDDEN, first, count),
      latent: this.node("latent", WIDTH),
    };
  }

  #momentSizes(first: number, count: number) {
    return { receivers: count, firstEdge: first * DEGREE, hiddenWidth: HIDDEN, width: WIDTH };
  }

  moment(first: number, count: number): void {
    const moments = this.node("moments", MOMENT, first, count);
    this.device.run(
      moment,
      { ...this.#momentInputs(first, count), moments },
      this.#momentSizes(first, count),
    );
  }

  momentBackward(first: number, count: number): void {
    this.device.run(momentBackward, {
      ...this.#momentInputs(first, count),
      momentGradient: this.array("momentGradient", this.blockReceivers * MOMENT),
      hiddenGradient: this.array("hidden2 gradient", this.blockReceivers * DEGREE * HIDDEN),
      messageGradient: this.edges("latent gradient", WIDTH, first, count),
    }, this.#momentSizes(first, count));
  }

  update(first: number, count: number): void {
    this.device.run(linear, {
      input: this.node("moments", MOMENT, first, count),
      weight: this.array("kernelMatrix", MOMENT * WIDTH),
      bias: this.array("update bias", WIDTH),
      output: this.node("update", WIDTH, first, count),
    }, { rows: count, inner: MOMENT, columns: WIDTH, activation: 0, accumulate: 0 });
  }

  updateBackward(first: number, count: number): void {
    const outputGradient = this.node("update gradient", WIDTH, first, count);
    const input = this.node("moments", MOMENT, first, count);
    const weight = this.array("kernelMatrix", MOMENT * WIDTH);
    const sizes = { rows: count, inner: MOMENT, columns: WIDTH };
    const weightGradient = this.array("kernelMatrix gradient", MOMENT * WIDTH);
    this.device.run(linearBackwardWeight, { input, outputGradient, weightGradient }, sizes);
    const inputGradient = this.array("momentGradient", this.blockReceivers * MOMENT);
    this.device.run(
      linearBackwardInput,
      { outputGradient, weight, input, inputGradient },
      { ...sizes, mask: 0, accumulate: 0 },
    );
  }

  layerBackward(
    from: string,
    inner: number,
    to: string,
    columns: number,
    first: number,
    count: number,
  ): void {
    const input = this.edges(from, inner, first, count), rows = count * DEGREE;
    const outputGradient = this.array(`${to} gradient`, this.blockReceivers * DEGREE * columns);
    const weightGradient = this.array(`${to} weight gradient`, inner * columns);
    this.device.run(linearBackwardWeight, { input, outputGradient, weightGradient }, {
      rows,
      inner,
      columns,
    });
    const sums = this.array(`${to} bias gradient`, columns);
    this.device.run(columnSum, { input: outputGradient, sums }, { rows, columns });
    const isFirst = from === "attributes";
    this.device.run(linearBackwardInput, {
      outputGradient,
      weight: this.array(`${to} weight`, inner * columns),
      input,
      inputGradient: isFirst
        ? this.edges("attributes gradient", inner, first, count)
        : this.array(`${from} gradient`, this.blockReceivers * DEGREE * inner),
    }, { rows, inner, columns, mask: isFirst ? 0 : 1, accumulate: 0 });
  }

  receiverSum(first: number, count: number): void {
    const offsets = this.offsets.slice(first, first + count + 1);
    const values = this.edges("attributes gradient", ATTRIBUTES, first, count);
    const sums = this.node("decoded gradient", OUTPUTS, first, count);
    this.device.run(segmentSum, { offsets, values, sums }, {
      rows: count,
      firstEdge: first * DEGREE,
      stride: ATTRIBUTES,
      column: INPUTS,
      width: OUTPUTS,
    });
  }

  senderSum(name: string, stride: number, column: number, width: number): void {
    const values = this.array(`${name} gradient`, EDGES * stride),
      sums = this.node(`${name} sender sums`, width);
    const arrays = { targets: this.nodes, offsets: this.offsets, items: this.outgoing, values, sums };
    this.device.run(gatherSum, arrays, { targetCount: NODES, stride, column, width, negative: 0 });
  }
}

const EDGE_OPERATIONS = ATTRIBUTES * HIDDEN + HIDDEN * HIDDEN + HIDDEN * WIDTH;
const HOP_OPERATIONS = 2 * EDGES * EDGE_OPERATIONS + 2 * NODES * MOMENT * WIDTH;

function benchmarks(device: CpuDevice, blockEdges: number): Benchmark[] {
  const count = Math.max(1, Math.round(blockEdges / DEGREE)), edges = count * DEGREE;
  const hop = new Hop(device, count);
  hop.forward();
  hop.backward();
  const matmul = (name: string, kernel: Kernel, rows: number, inner: number, columns: number): Benchmark => ({
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
    { name: `moment ${edges} edges`, operations: momentOperations, run: () => hop.moment(0, count) },
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
        const input = hop.array("hidden1 gradient", count * DEGREE * HIDDEN),
          sums = hop.array("hidden1 bias gradient", HIDDEN);
        device.run(columnSum, { input, sums }, { rows: edges, columns: HIDDEN });
      },
    },
    elementwise("hopOutput relu", hopOutput, 1),
    elementwise("hopOutput gelu", hopOutput, 2),
    elementwise("hopOutputBackward gelu", hopOutputBackward, 2),
    elementwise("layerNorm", layerNorm, 0),
    { name: `hop forward, blocks of ${edges} edges`, operations: HOP_OPERATIONS, run: () => hop.forward() },
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
  const peakCount = 20_000, peakOperations = 96 * peakCount;
  const times: number[] = [], peakTimes: number[] = [];
  for (let k = -3; k < repeats; k++) {
    const time = elapsed(run), peakTime = elapsed(() => peakMadds(peakCount, 0.5));
    if (k >= 0) [times.push(time), peakTimes.push(peakTime)];
  }
  const milliseconds = quantile(times, 0.5), quietRate = operations / quantile(times, 0.1);
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

const program = new Command("bench:kernels")
  .description("Time the kernels of the CPU device at the sizes of a hop")
  .option("--filter <text>", "only benchmarks whose name contains the text", "")
  .addOption(
    integerOption("--repeats <n>", "calls per benchmark", 1).default(40),
  )
  .addOption(integerOption("--block-edges <n>", "edges of one block", 1))
  .option("--json", "print one JSON array", false)
  .action((options: { filter: string; repeats: number; blockEdges?: number; json: boolean }) => {
    const device = createCpuDevice(), results: Result[] = [];
    for (const benchmark of benchmarks(device, options.blockEdges ?? device.preferredBlockEdges)) {
      if (!benchmark.name.includes(options.filter)) continue;
      const result = measure(benchmark, options.repeats);
      results.push(result);
      if (!options.json) console.log(describe(result));
    }
    if (options.json) console.log(JSON.stringify(results, undefined, 2));
  });

function describe({ name, milliseconds, gigaflops, quietGigaflops, shareOfPeak }: Result): string {
  const time = `${name.padEnd(54)} ${`${milliseconds.toFixed(3)} ms`.padStart(11)}`;
  if (gigaflops === 0) return time;
  return `${time} ${gigaflops.toFixed(1).padStart(6)} GFLOP/s, quiet ${
    quietGigaflops.toFixed(1).padStart(5)
  } ` +
    `(${(100 * shareOfPeak).toFixed(0).padStart(2)} % of peak)`;
}

await runCommand(program);
