/** Arbitrary networks and graphs for property tests. @module */

import fc from "fast-check";
import { type Graph, graphFromEdges } from "../../pipeline/graph/graph.ts";
import type { GradientLoss } from "../../pipeline/model/gradient_loss.ts";
import type { NetworkConfig } from "../../pipeline/model/config.ts";

/** Small networks of both kinds with every option. */
export function networkConfigs(): fc.Arbitrary<NetworkConfig> {
  const width = fc.integer({ min: 1, max: 5 });
  const hidden = fc.array(width, { maxLength: 2 });
  const sizes = { inputs: width, outputs: fc.integer({ min: 1, max: 3 }) };
  const dsmpnn = fc.record({
    ...sizes,
    network: fc.constant("dsmpnn" as const),
    // A layer norm over one value is constant: its gradient is only noise.
    width: fc.integer({ min: 2, max: 5 }),
    hops: fc.integer({ min: 1, max: 4 }),
    encoderHidden: hidden,
    decoderHidden: hidden,
    kernelHidden: fc.array(width, { minLength: 1, maxLength: 3 }),
    hopActivation: fc.constantFrom("identity" as const, "relu" as const, "gelu" as const),
    residual: fc.boolean(),
    rootWeight: fc.boolean(),
    hopNorm: fc.constantFrom("none" as const, "layer" as const),
    edgeUpdate: fc.constantFrom("decoded" as const, "fixed" as const),
    ends: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
  }).map(({ ends, ...config }) =>
    ends === undefined ? config : {
      ...config,
      edgeInputs: "ends" as const,
      dimensions: Math.min(ends, config.inputs),
    }
  );
  const gcn = fc.record({
    ...sizes,
    network: fc.constant("gcn" as const),
    width,
    layers: fc.integer({ min: 1, max: 4 }),
  });
  return fc.oneof({ weight: 3, arbitrary: dsmpnn }, { weight: 1, arbitrary: gcn });
}

/** Gradient losses of every kind, and none. */
export function gradientLosses(): fc.Arbitrary<Omit<GradientLoss, "position"> | undefined> {
  const loss = fc.record({
    weight: fc.constantFrom(0.01, 0.1),
    dimensions: fc.integer({ min: 1, max: 3 }),
    radius: fc.constantFrom(0, 2),
  });
  return fc.option(loss, { nil: undefined });
}

/** Directed graphs with repeated and self-edges; some nodes, or all, have no edge. */
export function graphs(maxNodes: number, maxEdges: number): fc.Arbitrary<Graph> {
  return fc.integer({ min: 1, max: maxNodes }).chain((nodeCount) => {
    const node = fc.nat(nodeCount - 1);
    return fc.array(fc.tuple(node, node), { maxLength: maxEdges }).map((edges) =>
      graphFromEdges(
        nodeCount,
        edges.map(([sender]) => sender),
        edges.map(([, receiver]) => receiver),
      )
    );
  });
}
