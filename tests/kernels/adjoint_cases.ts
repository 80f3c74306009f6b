/**
 * Adjoint identities ⟨Ax, y⟩ = ⟨x, Aᵀy⟩ of the kernels that are linear in an argument, run on a
 * device.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Device, DeviceArray } from "../../kernels/device.ts";
import type { ElementType, HostArray } from "../../kernels/element_types.ts";
import type { Kernel } from "../../kernels/kernel.ts";
import { edgeAttributes } from "../../kernels/ops/edge_attributes.ts";
import {
  columnSum,
  linear,
  linearBackwardInput,
  linearBackwardWeight,
} from "../../kernels/ops/linear.ts";
import { moment, momentBackward } from "../../kernels/ops/moment.ts";
import { addRows, gatherRows } from "../../kernels/ops/rows.ts";
import { gatherSum, segmentSum } from "../../kernels/ops/sums.ts";
import { weightedGather } from "../../kernels/ops/weighted_gather.ts";
import { CaseValues, edgeCount, offsetsFromDegrees } from "./case_values.ts";

/**
 * Tolerance relative to the sum of the magnitudes of the terms. Both sides are sums of float32
 * results with errors of a few roundings (6e-8), which average out far below it.
 */
const TOLERANCE = 1e-6;

/** A directed graph with its edges by receiver, and the numbers of its edges by sender. */
function randomGraph(values: CaseValues) {
  const degrees = [3, 0, 7, 1, 16, 0, 33, 4, 9], nodes = degrees.length, edges = edgeCount(degrees);
  const senders = values.integers(edges, nodes);
  const receivers = Uint32Array.from(degrees.flatMap((degree, r) => Array<number>(degree).fill(r)));
  const outgoing = Uint32Array.from(senders.keys()).sort((a, b) =>
    senders[a] - senders[b] || a - b
  );
  const outDegrees = Array.from(
    { length: nodes },
    (_, n) => senders.filter((sender) => sender === n).length,
  );
  return {
    nodes,
    edges,
    senders,
    receivers,
    outgoing,
    offsets: offsetsFromDegrees(degrees),
    outgoingOffsets: offsetsFromDegrees(outDegrees),
  };
}

/** Runs `kernel` on host arrays and returns the resulting values of `output`. */
async function runOn(
  device: Device,
  kernel: Kernel,
  arrays: Readonly<Record<string, HostArray>>,
  sizes: Readonly<Record<string, number>>,
  output: string,
): Promise<Float32Array> {
  const bindings: Record<string, DeviceArray<ElementType>> = {};
  for (const [name, values] of Object.entries(arrays)) {
    bindings[name] = values instanceof Float32Array
      ? device.upload(values)
      : device.upload(values as Uint32Array);
  }
  device.run(kernel, bindings, sizes);
  const result = await device.read(bindings[output]);
  for (const array of Object.values(bindings)) device.release(array);
  return result as Float32Array;
}

/** Fails unless the inner products of the pairs `left` and `right` agree. */
function assertSameProduct(
  left: [Float32Array, Float32Array],
  right: [Float32Array, Float32Array],
): void {
  const [a, b] = [left, right].map(([x, y]) => {
    assert.equal(x.length, y.length);
    let sum = 0, magnitude = 0;
    x.forEach((value, k) => (sum += value * y[k], magnitude += Math.abs(value * y[k])));
    return { sum, magnitude };
  });
  assert.ok(Math.abs(a.sum) > 0, "an inner product of 0 proves nothing");
  const error = Math.abs(a.sum - b.sum) / Math.max(a.magnitude, b.magnitude);
  assert.ok(
    error <= TOLERANCE,
    `${a.sum} and ${b.sum} differ by ${error} of the sum of magnitudes`,
  );
}

/** Checks all identities on `device`. */
export async function checkAdjointsOn(device: Device, t: Deno.TestContext): Promise<void> {
  const values = new CaseValues(77);

  await t.step(
    "linear, linearBackwardInput, linearBackwardWeight and columnSum are adjoint",
    async () => {
      const rows = 37, inner = 21, columns = 13, sizes = { rows, inner, columns };
      const input = values.numbers(rows * inner), weight = values.numbers(inner * columns);
      const bias = values.numbers(columns), outputGradient = values.numbers(rows * columns);
      const forward = { ...sizes, activation: 0, accumulate: 0 };
      const output = new Float32Array(rows * columns), noBias = new Float32Array(columns);
      const product = await runOn(
        device,
        linear,
        { input, weight, bias: noBias, output },
        forward,
        "output",
      );
      const inputGradient = await runOn(
        device,
        linearBackwardInput,
        { outputGradient, weight, input, inputGradient: new Float32Array(rows * inner) },
        { ...sizes, mask: 0, accumulate: 0 },
        "inputGradient",
      );
      assertSameProduct([product, outputGradient], [input, inputGradient]);
      const weightGradient = await runOn(
        device,
        linearBackwardWeight,
        { input, outputGradient, weightGradient: new Float32Array(inner * columns) },
        sizes,
        "weightGradient",
      );
      assertSameProduct([product, outputGradient], [weight, weightGradient]);
      const noInput = new Float32Array(rows * inner);
      const shift = await runOn(
        device,
        linear,
        { input: noInput, weight, bias, output },
        forward,
        "output",
      );
      const sums = await runOn(
        device,
        columnSum,
        { input: outputGradient, sums: new Float32Array(columns) },
        { rows, columns },
        "sums",
      );
      assertSameProduct([shift, outputGradient], [bias, sums]);
    },
  );

  await t.step("gatherRows and addRows are adjoint", async () => {
    const rowCount = 11, nodes = 17, width = 5, sizes = { rowCount, width };
    const indices = values.distinct(rowCount, nodes);
    const source = values.numbers(nodes * width), y = values.numbers(rowCount * width);
    const rows = new Float32Array(rowCount * width), target = new Float32Array(nodes * width);
    assertSameProduct(
      [await runOn(device, gatherRows, { indices, source, rows }, sizes, "rows"), y],
      [source, await runOn(device, addRows, { indices, rows: y, target }, sizes, "target")],
    );
  });

  await t.step(
    "moment and momentBackward are adjoint in the latents and the hidden values",
    async () => {
      const graph = randomGraph(values);
      const { nodes, edges, senders, offsets } = graph;
      const hiddenWidth = 13;
      const width = 7;
      const sizes = { receivers: nodes, firstEdge: 0, hiddenWidth, width };
      // The moment is linear in the hidden values while ReLU is the identity, so they are positive.
      const hidden = values.numbers(edges * hiddenWidth).map((value) => 1.5 + value);
      const latent = values.numbers(nodes * width), length = nodes * (hiddenWidth + 1) * width;
      const momentGradient = values.numbers(length), moments = new Float32Array(length);
      const inputs = { offsets, senders, hidden, latent };
      const forward = await runOn(device, moment, { ...inputs, moments }, sizes, "moments");
      const gradients = {
        momentGradient,
        hiddenGradient: new Float32Array(edges * hiddenWidth),
        messageGradient: new Float32Array(edges * width),
      };
      const messages = await runOn(
        device,
        momentBackward,
        { ...inputs, ...gradients },
        sizes,
        "messageGradient",
      );
      const latentGradient = await runOn(
        device,
        gatherSum,
        {
          targets: Uint32Array.from({ length: nodes }, (_, n) => n),
          offsets: graph.outgoingOffsets,
          items: graph.outgoing,
          values: messages,
          sums: new Float32Array(nodes * width),
        },
        { targetCount: nodes, stride: width, column: 0, width, negative: 0 },
        "sums",
      );
      assertSameProduct([forward, momentGradient], [latent, latentGradient]);

      const none = { ...inputs, hidden: new Float32Array(edges * hiddenWidth) };
      const constant = await runOn(device, moment, { ...none, moments }, sizes, "moments");
      const hiddenGradient = await runOn(
        device,
        momentBackward,
        { ...inputs, ...gradients },
        sizes,
        "hiddenGradient",
      );
      assertSameProduct(
        [forward.map((value, k) => value - constant[k]), momentGradient],
        [hidden, hiddenGradient],
      );
    },
  );

  await t.step(
    "segmentSum and gatherSum are adjoint to edgeAttributes",
    async () => {
      const { nodes, edges, senders, receivers, outgoing, offsets, outgoingOffsets } = randomGraph(
        values,
      );
      const inputs = 3, outputs = 2, stride = inputs + outputs;
      const decoded = values.numbers(nodes * outputs), gradient = values.numbers(edges * stride);
      const attributes = await runOn(
        device,
        edgeAttributes,
        {
          senders,
          receivers,
          input: new Float32Array(nodes * inputs),
          decoded,
          attributes: new Float32Array(edges * stride),
        },
        { edges, inputs, outputs },
        "attributes",
      );
      const window = { stride, column: inputs, width: outputs };
      const received = await runOn(
        device,
        segmentSum,
        { offsets, values: gradient, sums: new Float32Array(nodes * outputs) },
        { rows: nodes, firstEdge: 0, ...window },
        "sums",
      );
      const both = await runOn(
        device,
        gatherSum,
        {
          targets: Uint32Array.from({ length: nodes }, (_, n) => n),
          offsets: outgoingOffsets,
          items: outgoing,
          values: gradient,
          sums: received,
        },
        { targetCount: nodes, ...window, negative: 1 },
        "sums",
      );
      assertSameProduct([attributes, gradient], [decoded, both]);
    },
  );

  await t.step("weightedGather is adjoint to itself on the transposed graph", async () => {
    const { nodes, edges, senders, receivers, outgoing, offsets, outgoingOffsets } = randomGraph(
      values,
    );
    const width = 6, sizes = { rows: nodes, width, activation: 0 };
    const edgeWeights = values.numbers(edges), selfWeights = values.numbers(nodes);
    const x = values.numbers(nodes * width), y = values.numbers(nodes * width);
    const shared = {
      selfWeights,
      bias: new Float32Array(width),
      sums: new Float32Array(nodes * width),
    };
    const forward = await runOn(
      device,
      weightedGather,
      { ...shared, offsets, senders, edgeWeights, values: x },
      sizes,
      "sums",
    );
    const backward = await runOn(
      device,
      weightedGather,
      {
        ...shared,
        offsets: outgoingOffsets,
        senders: outgoing.map((edge) => receivers[edge]),
        edgeWeights: Float32Array.from(outgoing, (edge) => edgeWeights[edge]),
        values: y,
      },
      sizes,
      "sums",
    );
    assertSameProduct([forward, y], [x, backward]);
  });
}
