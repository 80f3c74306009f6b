/**
 * Multilayer perceptrons: linear layers with ReLU between them.
 *
 * @module
 */

import type { Device, DeviceArray } from "../../kernels/device.ts";
import {
  columnSum,
  linear,
  LINEAR_IDENTITY,
  LINEAR_RELU,
  linearBackwardInput,
  linearBackwardWeight,
} from "../../kernels/ops/linear.ts";
import type { ParameterLayout } from "./parameters.ts";
import type { Workspace } from "./workspace.ts";

/** The windows of one linear layer in the flat parameters or gradients. */
export interface LinearWindows {
  /** `[inner, columns]` */
  readonly weight: DeviceArray<"f32">;
  /** `[columns]` */
  readonly bias: DeviceArray<"f32">;
}

/** The window of the tensor `name` in a flat array of parameters or gradients. */
export function tensorWindow(
  layout: ParameterLayout,
  flat: DeviceArray<"f32">,
  name: string,
): DeviceArray<"f32"> {
  const { offset, length } = layout.tensor(name);
  return flat.slice(offset, offset + length);
}

/** An MLP over rows, with ReLU after every layer except the last, or after all layers. */
export class Mlp {
  readonly inputWidth: number;
  readonly outputWidth: number;
  /** Widths of the hidden activations. */
  readonly hiddenWidths: readonly number[];
  readonly #device: Device;
  readonly #parameters: readonly LinearWindows[];
  readonly #gradients: readonly LinearWindows[];
  readonly #lastActivation: number;

  /**
   * @param name Prefix of its tensors in `layout`.
   * @param sizes Layer sizes `[in, hidden..., out]`.
   * @param parameters The flat parameters on the device.
   * @param gradients The flat gradients on the device.
   * @param options.lastActivation Whether ReLU follows the last layer too.
   */
  constructor(
    device: Device,
    layout: ParameterLayout,
    name: string,
    readonly sizes: readonly number[],
    parameters: DeviceArray<"f32">,
    gradients: DeviceArray<"f32">,
    options: { readonly lastActivation: boolean },
  ) {
    this.inputWidth = sizes[0];
    this.outputWidth = sizes[sizes.length - 1];
    this.hiddenWidths = sizes.slice(1, -1);
    this.#device = device;
    const windows = (flat: DeviceArray<"f32">) =>
      sizes.slice(1).map((_, layer) => ({
        weight: tensorWindow(layout, flat, `${name}.${layer}.weight`),
        bias: tensorWindow(layout, flat, `${name}.${layer}.bias`),
      }));
    this.#parameters = windows(parameters);
    this.#gradients = windows(gradients);
    this.#lastActivation = options.lastActivation ? LINEAR_RELU : LINEAR_IDENTITY;
  }

  /** Arrays of `workspace` for the hidden activations of `rows` rows, under the prefix `name`. */
  hiddenArrays(workspace: Workspace, name: string, rows: number): readonly DeviceArray<"f32">[] {
    return this.hiddenWidths.map((width, layer) =>
      workspace.f32(`${name}.hidden${layer}`, rows * width)
    );
  }

  /** Overwrites `output` with `mlp(input)`, and `hidden` with the hidden activations. */
  forward(
    rows: number,
    input: DeviceArray<"f32">,
    hidden: readonly DeviceArray<"f32">[],
    output: DeviceArray<"f32">,
  ): void {
    for (let layer = 0; layer < this.#parameters.length; layer++) {
      const isLast = layer === this.#parameters.length - 1;
      this.#forwardLayer(
        layer,
        rows,
        layer === 0 ? input : hidden[layer - 1],
        isLast ? output : hidden[layer],
      );
    }
  }

  /** Computes the first layer only. */
  forwardFirst(
    rows: number,
    input: DeviceArray<"f32">,
    hidden: readonly DeviceArray<"f32">[],
    output: DeviceArray<"f32">,
  ): void {
    this.#forwardLayer(0, rows, input, hidden[0] ?? output);
  }

  #forwardLayer(
    layer: number,
    rows: number,
    input: DeviceArray<"f32">,
    output: DeviceArray<"f32">,
  ): void {
    const isLast = layer === this.#parameters.length - 1;
    this.#device.run(linear, { input, ...this.#parameters[layer], output }, {
      rows,
      inner: this.sizes[layer],
      columns: this.sizes[layer + 1],
      activation: isLast ? this.#lastActivation : LINEAR_RELU,
      accumulate: 0,
    });
  }

  /**
   * Adds the parameter gradients, and writes the gradient of the input if `inputGradient` is given.
   *
   * @param hidden The hidden activations of `forward`; not changed.
   * @param outputGradient Gradient of the output *before* the last activation `[rows, out]`.
   * @param scratch One array per hidden layer, overwritten.
   * @param inputGradient `target` `[rows, in]`, overwritten or (with `accumulate`) accumulated.
   */
  backward(
    rows: number,
    input: DeviceArray<"f32">,
    hidden: readonly DeviceArray<"f32">[],
    outputGradient: DeviceArray<"f32">,
    scratch: readonly DeviceArray<"f32">[],
    inputGradient?: { readonly target: DeviceArray<"f32">; readonly accumulate: boolean },
  ): void {
    let gradient = outputGradient;
    for (let layer = this.#parameters.length - 1; layer >= 0; layer--) {
      const inner = this.sizes[layer];
      const columns = this.sizes[layer + 1];
      const layerInput = layer === 0 ? input : hidden[layer - 1];
      const gradients = this.#gradients[layer];
      this.#device.run(
        linearBackwardWeight,
        { input: layerInput, outputGradient: gradient, weightGradient: gradients.weight },
        { rows, inner, columns },
      );
      this.#device.run(columnSum, { input: gradient, sums: gradients.bias }, { rows, columns });
      const target = layer === 0 ? inputGradient?.target : scratch[layer - 1];
      if (target === undefined) return;
      this.#device.run(
        linearBackwardInput,
        {
          outputGradient: gradient,
          weight: this.#parameters[layer].weight,
          input: layerInput,
          inputGradient: target,
        },
        {
          rows,
          inner,
          columns,
          mask: layer === 0 ? 0 : 1,
          accumulate: layer === 0 && inputGradient?.accumulate ? 1 : 0,
        },
      );
      gradient = target;
    }
  }
}
