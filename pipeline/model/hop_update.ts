/**
 * The update of the latents from the convolved messages of a hop: root weight, norm, activation and
 * residual connection.
 *
 * @module
 */

import type { Device, DeviceArray } from "../../kernels/device.ts";
import { ACTIVATION_CODES, hopOutput, hopOutputBackward } from "../../kernels/ops/hop_output.ts";
import {
  layerNorm,
  layerNormBackwardInput,
  layerNormBackwardParameters,
} from "../../kernels/ops/layer_norm.ts";
import {
  linear,
  LINEAR_IDENTITY,
  linearBackwardInput,
  linearBackwardWeight,
} from "../../kernels/ops/linear.ts";
import { addArrays } from "../../kernels/ops/rows.ts";
import type { DsmpnnConfig } from "./config.ts";
import type { DeviceGraph } from "./device_graph.ts";
import { tensorWindow } from "./mlp.ts";
import type { ParameterLayout } from "./parameters.ts";
import type { Workspace } from "./workspace.ts";

interface UpdateWindows {
  readonly root: DeviceArray<"f32"> | undefined;
  readonly norm:
    | { readonly weight: DeviceArray<"f32">; readonly bias: DeviceArray<"f32"> }
    | undefined;
}

/**
 * `next = (residual ? latent : 0) + activation(norm(convolved + latent · root))` on the interior
 * nodes.
 */
export class HopUpdate {
  readonly #config: DsmpnnConfig;
  readonly #device: Device;
  readonly #workspace: Workspace;
  readonly #parameters: UpdateWindows;
  readonly #gradients: UpdateWindows;

  constructor(
    workspace: Workspace,
    config: DsmpnnConfig,
    layout: ParameterLayout,
    parameters: DeviceArray<"f32">,
    gradients: DeviceArray<"f32">,
  ) {
    this.#config = config;
    this.#device = workspace.device;
    this.#workspace = workspace;
    const windows = (flat: DeviceArray<"f32">): UpdateWindows => ({
      root: config.rootWeight ? tensorWindow(layout, flat, "hop.root") : undefined,
      norm: config.hopNorm === "layer"
        ? {
          weight: tensorWindow(layout, flat, "hop.norm.weight"),
          bias: tensorWindow(layout, flat, "hop.norm.bias"),
        }
        : undefined,
    });
    this.#parameters = windows(parameters);
    this.#gradients = windows(gradients);
  }

  /**
   * The array `[interior nodes, F]` for the convolved messages of a hop; one per slot if the
   * backward pass reads it.
   */
  convolved(graph: DeviceGraph, slot: number): DeviceArray<"f32"> {
    const { hopActivation, hopNorm } = this.#config;
    const isLinear = hopActivation === "identity" && hopNorm === "none";
    return this.#workspace.f32(
      isLinear ? "convolved" : `convolved${slot}`,
      graph.interiorCount * this.#config.width,
    );
  }

  /**
   * Overwrites the interior rows of `next`, given `latent` and the convolved messages of the hop.
   */
  forward(
    graph: DeviceGraph,
    slot: number,
    latent: DeviceArray<"f32">,
    next: DeviceArray<"f32">,
  ): void {
    const { width, hopActivation, residual } = this.#config;
    const rows = graph.interiorCount;
    const convolved = this.convolved(graph, slot);
    if (this.#parameters.root !== undefined) {
      const bias = this.#workspace.f32("noBias", width);
      this.#device.clear(bias);
      this.#device.run(
        linear,
        { input: latent, weight: this.#parameters.root, bias, output: convolved },
        { rows, inner: width, columns: width, activation: LINEAR_IDENTITY, accumulate: 1 },
      );
    }
    const update = this.#normalised(rows, convolved);
    this.#device.run(
      hopOutput,
      { update, latent, next },
      {
        count: rows * width,
        activation: ACTIVATION_CODES[hopActivation],
        residual: residual ? 1 : 0,
      },
    );
  }

  /**
   * The gradient of the convolved messages `[interior nodes, F]`.
   *
   * Overwrites `latentGradient` `[nodes, F]` with the part that bypasses the edges, and adds the
   * gradients of root weight and norm.
   */
  backward(
    graph: DeviceGraph,
    slot: number,
    latent: DeviceArray<"f32">,
    nextGradient: DeviceArray<"f32">,
    latentGradient: DeviceArray<"f32">,
  ): DeviceArray<"f32"> {
    const { width, hopActivation, residual } = this.#config;
    const rows = graph.interiorCount;
    const count = rows * width;
    this.#device.clear(latentGradient);
    if (residual) {
      this.#device.run(addArrays, { source: nextGradient, target: latentGradient }, { count });
    }
    const gradient = this.#backwardActivation(graph, slot, nextGradient, hopActivation);
    if (this.#parameters.root !== undefined && this.#gradients.root !== undefined) {
      const sizes = { rows, inner: width, columns: width };
      this.#device.run(
        linearBackwardWeight,
        { input: latent, outputGradient: gradient, weightGradient: this.#gradients.root },
        sizes,
      );
      this.#device.run(
        linearBackwardInput,
        {
          outputGradient: gradient,
          weight: this.#parameters.root,
          input: latent,
          inputGradient: latentGradient,
        },
        { ...sizes, mask: 0, accumulate: 1 },
      );
    }
    return gradient;
  }

  /** The gradient before activation and norm. */
  #backwardActivation(
    graph: DeviceGraph,
    slot: number,
    nextGradient: DeviceArray<"f32">,
    activation: DsmpnnConfig["hopActivation"],
  ): DeviceArray<"f32"> {
    const rows = graph.interiorCount;
    const width = this.#config.width;
    const count = rows * width;
    let gradient = nextGradient.slice(0, count);
    const convolved = this.convolved(graph, slot);
    if (activation !== "identity") {
      const updateGradient = this.#workspace.f32("updateGradient", count);
      this.#device.run(
        hopOutputBackward,
        { update: this.#normalised(rows, convolved), nextGradient: gradient, updateGradient },
        { count, activation: ACTIVATION_CODES[activation] },
      );
      gradient = updateGradient;
    }
    if (this.#parameters.norm === undefined || this.#gradients.norm === undefined) return gradient;
    const inputGradient = this.#workspace.f32("normGradient", count);
    this.#device.run(
      layerNormBackwardParameters,
      {
        input: convolved,
        outputGradient: gradient,
        weightGradient: this.#gradients.norm.weight,
        biasGradient: this.#gradients.norm.bias,
      },
      { rows, width },
    );
    this.#device.run(
      layerNormBackwardInput,
      {
        input: convolved,
        weight: this.#parameters.norm.weight,
        outputGradient: gradient,
        inputGradient,
      },
      { rows, width },
    );
    return inputGradient;
  }

  #normalised(rows: number, convolved: DeviceArray<"f32">): DeviceArray<"f32"> {
    const width = this.#config.width;
    if (this.#parameters.norm === undefined) return convolved;
    const output = this.#workspace.f32("normalised", rows * width);
    const { weight, bias } = this.#parameters.norm;
    this.#device.run(layerNorm, { input: convolved, weight, bias, output }, { rows, width });
    return output;
  }
}
