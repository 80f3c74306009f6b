/**
 * The node-based GCN baseline (Kipf and Welling 2017), with self-edges and symmetric weights from
 * in-degrees. The products of interior nodes overlap with the halo exchange.
 *
 * @module
 */

import type { Device, DeviceArray } from "../../kernels/device.ts";
import { ACTIVATION_CODES, hopOutputBackward } from "../../kernels/ops/hop_output.ts";
import {
  columnSum,
  linear,
  LINEAR_IDENTITY,
  LINEAR_RELU,
  linearBackwardInput,
  linearBackwardWeight,
} from "../../kernels/ops/linear.ts";
import { weightedGather } from "../../kernels/ops/weighted_gather.ts";
import type { GcnConfig } from "./config.ts";
import { type GcnGraph, uploadGcnGraph } from "./gcn_graph.ts";
import type { HaloExchange } from "./halo.ts";
import { tensorWindow } from "./mlp.ts";
import type { Network, NetworkInput } from "./network.ts";
import { ParameterLayout } from "./parameters.ts";
import { Workspace } from "./workspace.ts";

/** GCN on one device, for one rank: `x ← relu(Â · (x · W) + b)`, no ReLU after the last layer. */
export class Gcn implements Network {
  readonly layout: ParameterLayout;
  readonly parameters: DeviceArray<"f32">;
  readonly gradients: DeviceArray<"f32">;
  readonly #device: Device;
  readonly #workspace: Workspace;
  readonly #sizes: readonly number[];
  #graph: GcnGraph | undefined;

  constructor(device: Device, config: GcnConfig) {
    this.#device = device;
    this.#workspace = new Workspace(device);
    this.#sizes = [config.inputs, ...Array(config.layers - 1).fill(config.width), config.outputs];
    this.layout = new ParameterLayout(config);
    this.parameters = device.allocate("f32", this.layout.length);
    this.gradients = device.allocate("f32", this.layout.length);
  }

  async forward(
    { graph: hostGraph, input }: NetworkInput,
    halo: HaloExchange,
  ): Promise<DeviceArray<"f32">> {
    const graph = uploadGcnGraph(this.#workspace, hostGraph);
    this.#graph = graph;
    this.#workspace.store("x0", "f32", input as Float32Array<ArrayBuffer>);
    for (let layer = 0; layer < this.#layerCount; layer++) {
      const inner = this.#sizes[layer];
      const columns = this.#sizes[layer + 1];
      const x = this.#x(graph, layer);
      const product = this.#workspace.f32("product", graph.nodeCount * columns);
      const multiplyInterior = () => this.#multiply(layer, x, product, 0, graph.interiorCount);
      // The inputs of ghosts are known; values of later layers come from their owners.
      if (layer === 0) multiplyInterior();
      else await halo.updateGhosts(x, inner, multiplyInterior);
      this.#multiply(layer, x, product, graph.interiorCount, graph.nodeCount);
      this.#device.run(
        weightedGather,
        {
          ...graph.incoming,
          values: product,
          bias: this.#window(this.parameters, layer, "bias"),
          sums: this.#x(graph, layer + 1),
        },
        {
          rows: graph.interiorCount,
          width: columns,
          activation: this.#isLast(layer) ? LINEAR_IDENTITY : LINEAR_RELU,
        },
      );
    }
    return this.#x(graph, this.#layerCount).slice(
      0,
      graph.interiorCount * this.#sizes[this.#layerCount],
    );
  }

  async backward(predictionGradient: DeviceArray<"f32">, halo: HaloExchange): Promise<void> {
    if (this.#graph === undefined) {
      throw new Error("Cannot run backward: a forward pass must come first");
    }
    const graph = this.#graph;
    let outputGradient = predictionGradient;
    for (let layer = this.#layerCount - 1; layer >= 0; layer--) {
      const inner = this.#sizes[layer];
      const columns = this.#sizes[layer + 1];
      const sumGradient = this.#maskedGradient(graph, layer, outputGradient);
      this.#device.run(
        columnSum,
        { input: sumGradient, sums: this.#window(this.gradients, layer, "bias") },
        { rows: graph.interiorCount, columns },
      );
      const productGradient = this.#workspace.f32("productGradient", graph.nodeCount * columns);
      this.#device.run(
        weightedGather,
        {
          ...graph.outgoing,
          values: sumGradient,
          bias: this.#zeros(columns),
          sums: productGradient,
        },
        { rows: graph.nodeCount, width: columns, activation: LINEAR_IDENTITY },
      );
      const x = this.#x(graph, layer);
      const weightGradient = () =>
        this.#device.run(
          linearBackwardWeight,
          {
            input: x,
            outputGradient: productGradient,
            weightGradient: this.#window(this.gradients, layer, "weight"),
          },
          { rows: graph.nodeCount, inner, columns },
        );
      if (layer === 0) return weightGradient();
      const inputGradient = this.#workspace.f32("inputGradient", graph.nodeCount * inner);
      const multiplyBack = (first: number, end: number) =>
        this.#multiplyBack(layer, x, productGradient, inputGradient, first, end);
      multiplyBack(graph.interiorCount, graph.nodeCount);
      await halo.accumulateGhosts(inputGradient, inner, () => {
        multiplyBack(0, graph.interiorCount);
        weightGradient();
      });
      outputGradient = inputGradient;
    }
  }

  release(): void {
    this.#workspace.release();
    this.#device.release(this.parameters);
    this.#device.release(this.gradients);
  }

  get #layerCount(): number {
    return this.#sizes.length - 1;
  }

  #isLast(layer: number): boolean {
    return layer === this.#layerCount - 1;
  }

  /** Computes rows `[first, end)` of `product = x · W`. */
  #multiply(
    layer: number,
    x: DeviceArray<"f32">,
    product: DeviceArray<"f32">,
    first: number,
    end: number,
  ): void {
    if (first === end) return;
    const inner = this.#sizes[layer];
    const columns = this.#sizes[layer + 1];
    this.#device.run(
      linear,
      {
        input: x.slice(first * inner, end * inner),
        weight: this.#window(this.parameters, layer, "weight"),
        bias: this.#zeros(columns),
        output: product.slice(first * columns, end * columns),
      },
      { rows: end - first, inner, columns, activation: LINEAR_IDENTITY, accumulate: 0 },
    );
  }

  /** Computes rows `[first, end)` of the gradient of `x`, given that of the product. */
  #multiplyBack(
    layer: number,
    x: DeviceArray<"f32">,
    productGradient: DeviceArray<"f32">,
    inputGradient: DeviceArray<"f32">,
    first: number,
    end: number,
  ): void {
    if (first === end) return;
    const inner = this.#sizes[layer];
    const columns = this.#sizes[layer + 1];
    this.#device.run(
      linearBackwardInput,
      {
        outputGradient: productGradient.slice(first * columns, end * columns),
        weight: this.#window(this.parameters, layer, "weight"),
        input: x.slice(first * inner, end * inner),
        inputGradient: inputGradient.slice(first * inner, end * inner),
      },
      { rows: end - first, inner, columns, mask: 0, accumulate: 0 },
    );
  }

  /** The gradient before ReLU `[nodes, columns]`; zero on ghosts, which receive nothing here. */
  #maskedGradient(
    graph: GcnGraph,
    layer: number,
    outputGradient: DeviceArray<"f32">,
  ): DeviceArray<"f32"> {
    const columns = this.#sizes[layer + 1];
    const count = graph.interiorCount * columns;
    const gradient = this.#workspace.f32("sumGradient", graph.nodeCount * columns);
    this.#device.clear(gradient);
    if (this.#isLast(layer)) {
      this.#device.copy(outputGradient.slice(0, count), gradient.slice(0, count));
    } else {
      this.#device.run(
        hopOutputBackward,
        {
          update: this.#x(graph, layer + 1),
          nextGradient: outputGradient,
          updateGradient: gradient,
        },
        { count, activation: ACTIVATION_CODES.relu },
      );
    }
    return gradient;
  }

  #x(graph: GcnGraph, layer: number): DeviceArray<"f32"> {
    return this.#workspace.f32(`x${layer}`, graph.nodeCount * this.#sizes[layer]);
  }

  #zeros(length: number): DeviceArray<"f32"> {
    const zeros = this.#workspace.f32("zeros", Math.max(...this.#sizes));
    this.#device.clear(zeros);
    return zeros.slice(0, length);
  }

  #window(flat: DeviceArray<"f32">, layer: number, part: "weight" | "bias"): DeviceArray<"f32"> {
    return tensorWindow(this.layout, flat, `gcn.${layer}.${part}`);
  }
}
