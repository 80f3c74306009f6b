/**
 * An MLP over the nodes (encoder, decoder), in blocks of rows. The backward pass recomputes its
 * hidden activations: this costs little compared with the edges and saves memory for
 * nodes × hidden widths × hops values.
 *
 * @module
 */

import type { DeviceArray } from "../../kernels/device.ts";
import type { Mlp } from "./mlp.ts";
import type { Workspace } from "./workspace.ts";

/** Rows of one block. */
const BLOCK_ROWS = 8192;

/** Applies an MLP to many rows with bounded memory. */
export class NodeMlp {
  readonly #mlp: Mlp;
  readonly #workspace: Workspace;

  constructor(mlp: Mlp, workspace: Workspace) {
    this.#mlp = mlp;
    this.#workspace = workspace;
  }

  /** `output = mlp(input)`; input `[rows, in]`, output `[rows, out]`. */
  forward(rows: number, input: DeviceArray<"f32">, output: DeviceArray<"f32">): void {
    const { inputWidth, outputWidth } = this.#mlp;
    for (const { first, count } of blocks(rows)) {
      const hidden = this.#mlp.hiddenArrays(this.#workspace, "nodeMlp", count);
      this.#mlp.forward(
        count,
        window(input, first, count, inputWidth),
        hidden,
        window(output, first, count, outputWidth),
      );
    }
  }

  /**
   * Adds the parameter gradients, and writes the gradient of the input to `inputGradient`.
   *
   * @param inputGradient `target` `[rows, in]`, overwritten or (with `accumulate`) accumulated.
   */
  backward(
    rows: number,
    input: DeviceArray<"f32">,
    outputGradient: DeviceArray<"f32">,
    inputGradient?: { readonly target: DeviceArray<"f32">; readonly accumulate: boolean },
  ): void {
    const { inputWidth, outputWidth } = this.#mlp;
    for (const { first, count } of blocks(rows)) {
      const blockInput = window(input, first, count, inputWidth);
      const hidden = this.#mlp.hiddenArrays(this.#workspace, "nodeMlp", count);
      const scratch = this.#mlp.hiddenArrays(this.#workspace, "nodeMlp.gradient", count);
      const unused = this.#workspace.f32("nodeMlp.output", count * outputWidth);
      this.#mlp.forward(count, blockInput, hidden, unused);
      this.#mlp.backward(
        count,
        blockInput,
        hidden,
        window(outputGradient, first, count, outputWidth),
        scratch,
        inputGradient &&
          { ...inputGradient, target: window(inputGradient.target, first, count, inputWidth) },
      );
    }
  }
}

function* blocks(rows: number): Generator<{ first: number; count: number }> {
  for (let first = 0; first < rows; first += BLOCK_ROWS) {
    yield { first, count: Math.min(BLOCK_ROWS, rows - first) };
  }
}

function window(
  array: DeviceArray<"f32">,
  first: number,
  count: number,
  width: number,
): DeviceArray<"f32"> {
  return array.slice(first * width, (first + count) * width);
}
