/**
 * The edge-conditioned convolution of one hop, forward and backward. It runs in blocks of receivers
 * and in re-associated form, without any array of size edges × width².
 *
 * @module
 */

import type { Device, DeviceArray } from "../../kernels/device.ts";
import { edgeAttributes } from "../../kernels/ops/edge_attributes.ts";
import { edgeEnds } from "../../kernels/ops/edge_ends.ts";
import {
  columnSum,
  linear,
  LINEAR_IDENTITY,
  linearBackwardInput,
  linearBackwardWeight,
} from "../../kernels/ops/linear.ts";
import { moment, momentBackward } from "../../kernels/ops/moment.ts";
import { addRows, gatherRows } from "../../kernels/ops/rows.ts";
import { gatherSum, segmentSum } from "../../kernels/ops/sums.ts";
import type { DsmpnnConfig } from "./config.ts";
import { blocksOf, type DeviceGraph, type GraphPart, type ReceiverBlock } from "./device_graph.ts";
import { Mlp, tensorWindow } from "./mlp.ts";
import { mlpSizes, type ParameterLayout } from "./parameters.ts";
import type { Workspace } from "./workspace.ts";

/** Node arrays that a hop reads. */
export interface HopInput {
  /** `[nodes, I]` */
  readonly input: DeviceArray<"f32">;
  /** `[nodes, O]` */
  readonly decoded: DeviceArray<"f32">;
  /** `[nodes, F]` */
  readonly latent: DeviceArray<"f32">;
}

/** One hop on a graph. */
export interface HopPass {
  readonly graph: DeviceGraph;
  /** The number of the hop, from 0. */
  readonly hop: number;
  readonly nodes: HopInput;
  /** The number of leading blocks whose activations are saved for the backward pass. */
  readonly savedBlocks: number;
}

/** Gradients of the node arrays of one hop, accumulated. */
export interface HopGradients {
  /** `[nodes, O]`; undefined if the decoded values are constant. */
  readonly decoded?: DeviceArray<"f32"> | undefined;
  /** `[nodes, F]` */
  readonly latent: DeviceArray<"f32">;
}

/** Activations of a block of one hop: the kernel network's layers and the moments. */
interface BlockActivations {
  readonly hidden: readonly DeviceArray<"f32">[];
  /** Output of the kernel network `[edges, C]`. */
  readonly kernel: DeviceArray<"f32">;
  /** `[receivers, C + 1, F]` */
  readonly moments: DeviceArray<"f32">;
}

/** `update = mean over senders j of latent_j · K(edge_ij) + bias`, without ever forming `K`. */
export class EdgeConvolution {
  readonly #device: Device;
  readonly #workspace: Workspace;
  readonly #kernel: Mlp;
  readonly #inputs: number;
  readonly #outputs: number;
  /** Coordinates among the inputs if the kernel network sees both ends; otherwise undefined. */
  readonly #endDimensions: number | undefined;
  readonly #width: number;
  readonly #hiddenWidth: number;
  readonly #parameters: { readonly matrix: DeviceArray<"f32">; readonly bias: DeviceArray<"f32"> };
  readonly #gradients: { readonly matrix: DeviceArray<"f32">; readonly bias: DeviceArray<"f32"> };

  constructor(
    workspace: Workspace,
    config: DsmpnnConfig,
    layout: ParameterLayout,
    parameters: DeviceArray<"f32">,
    gradients: DeviceArray<"f32">,
  ) {
    this.#device = workspace.device;
    this.#workspace = workspace;
    const sizes = mlpSizes(config, "kernel");
    this.#kernel = new Mlp(this.#device, layout, "kernel", sizes, parameters, gradients, {
      lastActivation: true,
    });
    this.#inputs = config.inputs;
    this.#outputs = config.outputs;
    this.#endDimensions = config.edgeInputs === "ends" ? config.dimensions : undefined;
    this.#width = config.width;
    this.#hiddenWidth = this.#kernel.outputWidth;
    const windows = (flat: DeviceArray<"f32">) => {
      const weight = layout.tensor("kernelMatrix.weight");
      const bias = layout.tensor("kernelMatrix.bias");
      return {
        matrix: flat.slice(weight.offset, bias.offset + bias.length),
        bias: tensorWindow(layout, flat, "hop.bias"),
      };
    };
    this.#parameters = windows(parameters);
    this.#gradients = windows(gradients);
  }

  /** Adds the updates of the receivers of one part to `update` `[interior nodes, F]`. */
  forward(pass: HopPass, part: GraphPart, update: DeviceArray<"f32">): void {
    for (const [index, block] of blocksOf(pass.graph, part)) {
      const activations = this.#activations(pass, index);
      this.#computeActivations(block, pass.nodes, this.#attributes(pass, block), activations);
      const rows = this.#workspace.f32("block.update", pass.graph.maxBlockReceivers * this.#width);
      this.#device.run(
        linear,
        {
          input: activations.moments,
          weight: this.#parameters.matrix,
          bias: this.#parameters.bias,
          output: rows,
        },
        { ...this.#productSizes(block), activation: LINEAR_IDENTITY, accumulate: 0 },
      );
      this.#device.run(
        addRows,
        { indices: block.nodes, rows, target: update },
        { rowCount: block.receiverCount, width: this.#width },
      );
    }
  }

  /**
   * Adds the contribution of one part to the gradients of latents, decoded values and all
   * parameters except the bias, given the gradient of the update `[interior nodes, F]`.
   */
  backward(
    pass: HopPass,
    part: GraphPart,
    updateGradient: DeviceArray<"f32">,
    gradients: HopGradients,
  ): void {
    for (const [index, block] of blocksOf(pass.graph, part)) {
      const activations = this.#activations(pass, index);
      const attributes = this.#attributes(pass, block);
      const { hidden, kernel } = activations;
      if (index >= pass.savedBlocks) {
        this.#computeActivations(block, pass.nodes, attributes, activations);
      } else {
        this.#kernel.forwardFirst(block.edgeCount, attributes, hidden, kernel);
      }
      this.#backwardBlock(pass, block, attributes, activations, updateGradient, gradients);
    }
  }

  /** Adds the gradient of the bias, given the gradient of the update `[interior nodes, F]`. */
  backwardBias(graph: DeviceGraph, updateGradient: DeviceArray<"f32">): void {
    this.#device.run(
      columnSum,
      { input: updateGradient, sums: this.#gradients.bias },
      { rows: graph.interiorCount, columns: this.#width },
    );
  }

  #backwardBlock(
    { graph, nodes }: HopPass,
    block: ReceiverBlock,
    attributes: DeviceArray<"f32">,
    activations: BlockActivations,
    updateGradient: DeviceArray<"f32">,
    gradients: HopGradients,
  ): void {
    const device = this.#device;
    const workspace = this.#workspace;
    const width = this.#width;
    const hiddenWidth = this.#hiddenWidth;
    const { receiverCount, firstEdge, edgeCount } = block;
    const productSizes = this.#productSizes(block);
    const blockGradient = workspace.f32("block.updateGradient", graph.maxBlockReceivers * width);
    device.run(
      gatherRows,
      { indices: block.nodes, source: updateGradient, rows: blockGradient },
      { rowCount: receiverCount, width },
    );
    const momentGradient = workspace.f32(
      "block.momentGradient",
      graph.maxBlockReceivers * productSizes.inner,
    );
    device.run(
      linearBackwardWeight,
      {
        input: activations.moments,
        outputGradient: blockGradient,
        weightGradient: this.#gradients.matrix,
      },
      productSizes,
    );
    device.run(
      linearBackwardInput,
      {
        outputGradient: blockGradient,
        weight: this.#parameters.matrix,
        input: activations.moments,
        inputGradient: momentGradient,
      },
      { ...productSizes, mask: 0, accumulate: 0 },
    );

    if (edgeCount === 0) return;
    const kernelGradient = workspace.f32("block.kernelGradient", graph.maxBlockEdges * hiddenWidth);
    const messageGradient = workspace.f32("block.messageGradient", graph.maxBlockEdges * width);
    device.run(
      momentBackward,
      {
        offsets: block.offsets,
        senders: block.senders,
        hidden: activations.kernel,
        latent: nodes.latent,
        momentGradient,
        hiddenGradient: kernelGradient,
        messageGradient,
      },
      { receivers: receiverCount, firstEdge, hiddenWidth, width },
    );
    const bySender = { targets: block.targets, offsets: block.targetOffsets, items: block.items };
    device.run(
      gatherSum,
      { ...bySender, values: messageGradient, sums: gradients.latent },
      { targetCount: block.targetCount, stride: width, column: 0, width, negative: 0 },
    );

    const attributeWidth = this.#kernel.inputWidth;
    const scratch = this.#kernel.hiddenArrays(
      workspace,
      "block.kernelGradient",
      graph.maxBlockEdges,
    );
    const attributeGradient = workspace.f32(
      "block.attributeGradient",
      graph.maxBlockEdges * attributeWidth,
    );
    this.#kernel.backward(
      edgeCount,
      attributes,
      activations.hidden,
      kernelGradient,
      scratch,
      gradients.decoded && { target: attributeGradient, accumulate: false },
    );
    if (gradients.decoded === undefined) return;
    const outputs = this.#outputs;
    const columns = { stride: attributeWidth, column: this.#inputs, width: outputs };
    const receiverSums = workspace.f32("block.decodedGradient", graph.maxBlockReceivers * outputs);
    device.clear(receiverSums);
    device.run(
      segmentSum,
      { offsets: block.offsets, values: attributeGradient, sums: receiverSums },
      { rows: receiverCount, firstEdge, ...columns },
    );
    device.run(
      addRows,
      { indices: block.nodes, rows: receiverSums, target: gradients.decoded },
      { rowCount: receiverCount, width: outputs },
    );
    device.run(
      gatherSum,
      { ...bySender, values: attributeGradient, sums: gradients.decoded },
      { targetCount: block.targetCount, ...columns, negative: 1 },
    );
  }

  #computeActivations(
    block: ReceiverBlock,
    nodes: HopInput,
    attributes: DeviceArray<"f32">,
    activations: BlockActivations,
  ): void {
    const { receiverCount, firstEdge, edgeCount } = block;
    this.#kernel.forward(edgeCount, attributes, activations.hidden, activations.kernel);
    this.#device.run(
      moment,
      {
        offsets: block.offsets,
        senders: block.senders,
        hidden: activations.kernel,
        latent: nodes.latent,
        moments: activations.moments,
      },
      { receivers: receiverCount, firstEdge, hiddenWidth: this.#hiddenWidth, width: this.#width },
    );
  }

  /**
   * The attributes of the block's edges, in the width of the kernel network's input, valid until
   * those of the next block. The columns `[I, I + O)` are the differences of the decoded values.
   */
  #attributes({ graph, nodes }: HopPass, block: ReceiverBlock): DeviceArray<"f32"> {
    const inputs = this.#inputs;
    const outputs = this.#outputs;
    const attributes = this.#workspace.f32(
      "block.attributes",
      graph.maxBlockEdges * this.#kernel.inputWidth,
    );
    const { senders, receivers, edgeCount: edges } = block;
    const { input, decoded } = nodes;
    const arrays = { senders, receivers, input, decoded, attributes };
    const dimensions = this.#endDimensions;
    if (dimensions === undefined) {
      this.#device.run(edgeAttributes, arrays, { edges, inputs, outputs });
    } else {
      this.#device.run(edgeEnds, arrays, { edges, inputs, outputs, dimensions });
    }
    return attributes;
  }

  /** Windows for the activations of a block: in the saved arrays of the hop, or in shared ones. */
  #activations({ graph, hop, savedBlocks }: HopPass, index: number): BlockActivations {
    const { firstEdge, edgeCount, firstReceiver, receiverCount } = graph.blocks[index];
    const lastSaved = graph.blocks[savedBlocks - 1];
    const isSaved = index < savedBlocks;
    const saved = (name: string, end: number, first: number, count: number, width: number) =>
      this.#workspace.f32(`saved.hop${hop}.${name}`, end * width).slice(
        first * width,
        (first + count) * width,
      );
    const shared = (name: string, maxCount: number, count: number, width: number) =>
      this.#workspace.f32(`block.${name}`, maxCount * width).slice(0, count * width);

    const layers = [...this.#kernel.hiddenWidths, this.#hiddenWidth].map((width, layer) =>
      isSaved && layer > 0
        ? saved(
          `layer${layer}`,
          lastSaved.firstEdge + lastSaved.edgeCount,
          firstEdge,
          edgeCount,
          width,
        )
        : shared(`layer${layer}`, graph.maxBlockEdges, edgeCount, width)
    );
    const momentWidth = (this.#hiddenWidth + 1) * this.#width;
    const moments = isSaved
      ? saved(
        "moments",
        lastSaved.firstReceiver + lastSaved.receiverCount,
        firstReceiver,
        receiverCount,
        momentWidth,
      )
      : shared("moments", graph.maxBlockReceivers, receiverCount, momentWidth);
    return { hidden: layers.slice(0, -1), kernel: layers[layers.length - 1], moments };
  }

  #productSizes(block: ReceiverBlock): { rows: number; inner: number; columns: number } {
    return {
      rows: block.receiverCount,
      inner: (this.#hiddenWidth + 1) * this.#width,
      columns: this.#width,
    };
  }
}
