/**
 * A graph as a sample of the training.
 *
 * @module
 */

import { DataError } from "../../errors.ts";
import type { GraphRow } from "../batches/graph_rows.ts";
import type { GradientLoss } from "../model/gradient_loss.ts";
import type { TrainingSample } from "../model/gradient_step.ts";
import { type Normalisation, normaliseInputs, normaliseTargets } from "./normalisation.ts";

/**
 * A rank's part of a graph with normalised inputs and targets.
 *
 * @param weight Weight of the gradient loss.
 * @throws {DataError} If the gradient loss has a weight, and the graph no positions.
 */
export function trainingSample(
  graph: GraphRow,
  normalisation: Normalisation,
  weight = 0,
): TrainingSample & { graph: GraphRow } {
  return {
    graph,
    input: normaliseInputs(graph, normalisation),
    target: normaliseTargets(graph.target, graph, normalisation),
    counted: graph.counted,
    gradientLoss: weight > 0 ? gradientLoss(graph, weight) : undefined,
  };
}

function gradientLoss(graph: GraphRow, weight: number): GradientLoss {
  const { id, dimensions, input, inputNames, interiorCount, ghostCount, rule } = graph;
  if (dimensions === 0) {
    throw new DataError(
      `Cannot compute the gradient loss: sample "${id}" must have positions as its first inputs, ` +
        `they are ${inputNames.join(", ")}; name them x, y and z, or set gradientLoss to 0`,
    );
  }
  const position = new Float32Array((interiorCount + ghostCount) * dimensions);
  for (let k = 0; k < position.length; k++) {
    const node = Math.floor(k / dimensions);
    position[k] = input[node * inputNames.length + k % dimensions];
  }
  return { weight, position, dimensions, radius: rule.edges === "radius" ? rule.radius : 0 };
}
