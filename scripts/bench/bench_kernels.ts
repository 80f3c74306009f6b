/**
 * `bench kernels`: the kernels of the CPU device as one hop of the network calls them, and the hop
 * itself, forward and backward.
 *
 * @module
 */

import { Command } from "commander";
import { createCpuDevice } from "../../kernels/cpu/cpu_device.ts";
import wasmModule from "../../kernels/cpu/module.js";
import type { DeviceArray } from "../../kernels/device.ts";
import { fillUniform, hash } from "../../pipeline/graph/random.ts";
import type { DsmpnnConfig } from "../../pipeline/model/config.ts";
import { uploadGraph } from "../../pipeline/model/device_graph.ts";
import { EdgeConvolution, type HopPass } from "../../pipeline/model/edge_convolution.ts";
import { HopUpdate } from "../../pipeline/model/hop_update.ts";
import { ParameterLayout } from "../../pipeline/model/parameters.ts";
import { countSavedBlocks } from "../../pipeline/model/saved_activations.ts";
import { Workspace } from "../../pipeline/model/workspace.ts";
import { addExamples, integerOption } from "../command/command_line.ts";
import { elapsedMs, type Figure, median, printFigures, quantile } from "./timing.ts";
import { TimingDevice } from "./timing_device.ts";

interface KernelFlags {
  readonly filter: string;
  readonly repeats: number;
  readonly blockEdges?: number | undefined;
  readonly json: boolean;
}

/** A sampled mesh as in the paper's runs; the node count is rounded so that all blocks are full. */
const PAPER_NODES = 1600;
const DEGREE = 56;

/** The paper's network, with an activation and a norm so that their kernels run too. */
const CONFIG: DsmpnnConfig = {
  network: "dsmpnn",
  inputs: 3,
  outputs: 1,
  width: 32,
  hops: 1,
  encoderHidden: [64, 64],
  decoderHidden: [64, 64],
  kernelHidden: [64, 64],
  hopActivation: "gelu",
  residual: true,
  rootWeight: false,
  hopNorm: "layer",
  edgeUpdate: "decoded",
};

/** Hops before the measurement. */
const WARMUP = 3;

/** Bare multiply-adds: operations per call, and calls per hop. */
const PEAK_COUNT = 20_000;
const PEAK_OPERATIONS = 96 * PEAK_COUNT;
const PEAK_CALLS = 10;

/** The part of the calls, the fastest ones, that shows the rate of an otherwise idle machine. */
const QUIET_PART = 0.1;

/** One hop of the network on one rank. */
class Hop {
  readonly nodeCount: number;
  readonly #device: TimingDevice;
  readonly #convolution: EdgeConvolution;
  readonly #update: HopUpdate;
  readonly #pass: HopPass;
  readonly #next: DeviceArray<"f32">;
  readonly #nextGradient: DeviceArray<"f32">;
  readonly #latentGradient: DeviceArray<"f32">;
  readonly #decodedGradient: DeviceArray<"f32">;

  constructor(device: TimingDevice) {
    const blockReceivers = Math.min(
      PAPER_NODES,
      Math.max(1, Math.floor(device.preferredBlockEdges / DEGREE)),
    );
    const nodeCount = Math.max(1, Math.round(PAPER_NODES / blockReceivers)) * blockReceivers;
    this.nodeCount = nodeCount;
    const workspace = new Workspace(device);
    const layout = new ParameterLayout(CONFIG);
    const parameters = device.upload(layout.initialValues(0));
    const gradients = device.allocate("f32", layout.length);
    this.#device = device;
    this.#convolution = new EdgeConvolution(workspace, CONFIG, layout, parameters, gradients);
    this.#update = new HopUpdate(workspace, CONFIG, layout, parameters, gradients);
    const graph = uploadGraph(
      workspace,
      {
        interiorCount: nodeCount,
        ghostCount: 0,
        offsets: Uint32Array.from({ length: nodeCount + 1 }, (_, i) => i * DEGREE),
        senders: Uint32Array.from(
          { length: nodeCount * DEGREE },
          (_, e) => (Math.floor(e / DEGREE) + 37 * e + 1) % nodeCount,
        ),
      },
      device.preferredBlockEdges,
    );
    const values = (name: string, width: number) =>
      device.upload(
        fillUniform(hash(0, "kernels", name), new Float32Array(nodeCount * width)),
      );
    this.#pass = {
      graph,
      hop: 0,
      nodes: {
        input: values("input", CONFIG.inputs),
        decoded: values("decoded", CONFIG.outputs),
        latent: values("latent", CONFIG.width),
      },
      savedBlocks: countSavedBlocks(CONFIG, graph.blocks),
    };
    this.#next = values("next", CONFIG.width);
    this.#nextGradient = values("nextGradient", CONFIG.width);
    this.#latentGradient = values("latentGradient", CONFIG.width);
    this.#decodedGradient = values("decodedGradient", CONFIG.outputs);
  }

  forward(): void {
    const { graph, nodes: { latent } } = this.#pass;
    const update = this.#update.convolved(graph, 0);
    this.#device.clear(update);
    this.#convolution.forward(this.#pass, "interior", update);
    this.#update.forward(graph, 0, latent, this.#next);
  }

  backward(): void {
    const { graph, nodes: { latent } } = this.#pass;
    const gradients = { latent: this.#latentGradient, decoded: this.#decodedGradient };
    const updateGradient = this.#update.backward(
      graph,
      0,
      latent,
      this.#nextGradient,
      gradients.latent,
    );
    this.#convolution.backward(this.#pass, "interior", updateGradient, gradients);
    this.#convolution.backwardBias(graph, updateGradient);
  }
}

/** The command. */
export const kernels: Command = new Command("kernels")
  .description("Kernels of the CPU device in one hop of the network, and the complete hop.")
  .option("--filter <text>", "measure only names that contain this text", "")
  .addOption(
    integerOption("--repeats <n>", "hops to measure, after three to warm up", 1).default(40),
  )
  .addOption(integerOption("--block-edges <n>", "edges per block (default: as on the device)", 1))
  .option("--json", "print one JSON object", false)
  .action(({ filter, repeats, blockEdges, json }: KernelFlags) => {
    const device = new TimingDevice(createCpuDevice(), blockEdges);
    const hop = new Hop(device);
    const figures = measure(device, hop, repeats).filter(({ name }) => name.includes(filter));
    const how = `Median of all calls in ${repeats} hops after ${WARMUP} to warm up, on ` +
      `${hop.nodeCount} nodes with ${DEGREE} edges each in blocks of ` +
      `${device.preferredBlockEdges} edges; quiet: the fastest tenth of the calls, in ` +
      "percent of bare multiply-adds measured alike.";
    printFigures({ benchmark: "kernels", how, figures }, json);
  });

addExamples(kernels, "deno task bench kernels --filter hop");

function measure(device: TimingDevice, hop: Hop, repeats: number): readonly Figure[] {
  const { peakMadds } = new WebAssembly.Instance(wasmModule).exports as {
    peakMadds: (count: number, factor: number) => number;
  };
  hop.forward();
  const forwardOperations = device.operations;
  hop.backward();
  const stepOperations = device.operations;
  const forwardTimes: number[] = [];
  const backwardTimes: number[] = [];
  const peakTimes: number[] = [];
  for (let k = -WARMUP; k < repeats; k++) {
    if (k === 0) {
      device.reset();
      for (const times of [forwardTimes, backwardTimes, peakTimes]) times.length = 0;
    }
    forwardTimes.push(elapsedMs(() => hop.forward()));
    backwardTimes.push(elapsedMs(() => hop.backward()));
    for (let call = 0; call < PEAK_CALLS; call++) {
      peakTimes.push(elapsedMs(() => peakMadds(PEAK_COUNT, 0.5)));
    }
  }
  const peakRate = PEAK_OPERATIONS / quantile(peakTimes, QUIET_PART);
  const figure = (name: string, operations: number, times: readonly number[]): Figure => {
    const quietRate = operations / quantile(times, QUIET_PART);
    const medianMs = median(times);
    const rates = {
      "GFLOP/s": operations / medianMs / 1e6,
      "GFLOP/s quiet": quietRate / 1e6,
      "% of peak": 100 * quietRate / peakRate,
    };
    return { name, medianMs, rates: operations === 0 ? undefined : rates };
  };
  const stepTimes = forwardTimes.map((ms, k) => ms + backwardTimes[k]);
  return [
    ...[...device.times].map(([name, { operations, milliseconds }]) =>
      figure(name, operations, milliseconds)
    ),
    figure("hop forward", forwardOperations, forwardTimes),
    figure("hop backward", stepOperations - forwardOperations, backwardTimes),
    figure("hop step", stepOperations, stepTimes),
  ];
}
