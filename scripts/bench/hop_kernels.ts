/**
 * One hop of the network as calls of kernels, at the sizes of the paper's runs: what the kernel
 * benchmark times.
 *
 * @module
 */

import type { CpuDevice } from "../../kernels/cpu/cpu_device.ts";
import type { DeviceArray } from "../../kernels/device.ts";
import { edgeAttributes } from "../../kernels/ops/edge_attributes.ts";
import {
  columnSum,
  linear,
  linearBackwardInput,
  linearBackwardWeight,
} from "../../kernels/ops/linear.ts";
import { moment, momentBackward } from "../../kernels/ops/moment.ts";
import { gatherSum, segmentSum } from "../../kernels/ops/sums.ts";

/** A sampled mesh as in the paper's runs. */
export const NODES = 1600;
export const DEGREE = 56;
export const EDGES = NODES * DEGREE;
export const WIDTH = 32;
export const INPUTS = 3;
export const OUTPUTS = 1;
export const ATTRIBUTES = INPUTS + OUTPUTS;
export const HIDDEN = 64;
export const MOMENT = (HIDDEN + 1) * WIDTH;

const EDGE_OPERATIONS = ATTRIBUTES * HIDDEN + HIDDEN * HIDDEN + HIDDEN * WIDTH;
/** Floating-point operations of one hop forward; backward has twice as many. */
export const HOP_OPERATIONS = 2 * EDGES * EDGE_OPERATIONS + 2 * NODES * MOMENT * WIDTH;

/**
 * Arrays of one hop, and the hop as calls of kernels: what the network does, block by block of
 * receivers.
 */
export class Hop {
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
    this.receivers = device.upload(
      Uint32Array.from({ length: EDGES }, (_, e) => Math.floor(e / DEGREE)),
    );
    this.offsets = device.upload(Uint32Array.from({ length: NODES + 1 }, (_, i) => i * DEGREE));
    this.nodes = device.upload(Uint32Array.from({ length: NODES }, (_, i) => i));
    this.outgoing = device.upload(
      Uint32Array.from({ length: EDGES }, (_, e) => e).sort((a, b) =>
        senders[a] - senders[b] || a - b
      ),
    );
  }

  /** The array `name`, made at the first use and filled with small values of both signs. */
  array(name: string, length: number): DeviceArray<"f32"> {
    let array = this.arrays.get(name);
    if (array === undefined) {
      array = this.device.upload(
        Float32Array.from({ length }, (_, k) => ((k * 7919) % 2003) / 1001 - 1),
      );
      this.arrays.set(name, array);
    }
    return array;
  }

  edges(name: string, width: number, first: number, count: number): DeviceArray<"f32"> {
    return this.array(name, EDGES * width).slice(
      first * DEGREE * width,
      (first + count) * DEGREE * width,
    );
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
    const input = this.node("input", INPUTS);
    const decoded = this.node("decoded", OUTPUTS);
    const attributes = this.edges("attributes", ATTRIBUTES, first, count);
    const sizes = { edges: count * DEGREE, inputs: INPUTS, outputs: OUTPUTS };
    this.device.run(edgeAttributes, { senders, receivers, input, decoded, attributes }, sizes);
  }

  layer(
    from: string,
    inner: number,
    to: string,
    columns: number,
    first: number,
    count: number,
  ): void {
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
    const input = this.edges(from, inner, first, count);
    const rows = count * DEGREE;
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
    const values = this.array(`${name} gradient`, EDGES * stride);
    const sums = this.node(`${name} sender sums`, width);
    const arrays = {
      targets: this.nodes,
      offsets: this.offsets,
      items: this.outgoing,
      values,
      sums,
    };
    this.device.run(gatherSum, arrays, { targetCount: NODES, stride, column, width, negative: 0 });
  }
}
