/**
 * Validation: the errors of a network during its training, on samples from which it does not learn.
 *
 * @module
 */

import { DataError } from "../../errors.ts";
import type { RecordBatch } from "../../io/record_batch.ts";
import { checkRanks, type GraphRow, readGraph } from "../batches/graph_rows.ts";
import { addOffsets, unpackOffsets } from "../batches/value_offsets.ts";
import { allReduce } from "../engine/channels/collective.ts";
import type { Peers } from "../engine/definition/stage.ts";
import type { TrainedModel } from "./model_batch.ts";
import { denormaliseTargets, normaliseInputs } from "./normalisation.ts";
import type { RankNetwork } from "./rank_network.ts";
import { ValidationErrors } from "./validation_errors.ts";

/** The validation samples of a training on one rank. */
export class ValidationSet {
  readonly #peers: Peers;
  readonly #graphs: Promise<readonly GraphRow[]>;

  /**
   * Starts to read the graphs.
   *
   * @param batches Graphs of the validation samples, the part of this rank.
   */
  constructor(batches: AsyncIterable<RecordBatch>, peers: Peers) {
    this.#peers = peers;
    this.#graphs = readGraphs(batches);
    // A failure is reported by the first validation.
    this.#graphs.catch(() => {});
  }

  /** The number of samples. */
  async sampleCount(): Promise<number> {
    return new Set((await this.#graphs).map(({ id }) => id)).size;
  }

  /**
   * The errors of a model over all samples, equal on all ranks; every rank calls it.
   *
   * @param network The network with the parameters of the model.
   * @throws {DataError} If there is no graph, or its fields are not those of the model.
   */
  async measure(network: RankNetwork, model: TrainedModel) {
    const graphs = await this.#graphs;
    checkGraphs(graphs, model, this.#peers.ranks);
    const samples = [...new Set(graphs.map(({ id }) => id))];
    const { normalisation, targetNames } = model;
    const errors = new ValidationErrors(
      samples.length,
      targetNames,
      normalisation.targetDeviation,
    );
    for (const graph of graphs) {
      const input = normaliseInputs(graph, normalisation);
      const prediction = await network.predict({ graph, input });
      const values = denormaliseTargets(prediction, graph, normalisation);
      const inputCount = graph.inputNames.length;
      const offsets = (valueOffset: Float64Array) =>
        unpackOffsets(valueOffset, inputCount, targetNames.length);
      errors.add(
        samples.indexOf(graph.id),
        addOffsets(graph.target, offsets(graph.valueOffset)),
        addOffsets(values, offsets(normalisation.valueOffset)),
        graph.counted,
      );
    }
    await allReduce(this.#peers, new Float32Array(0), errors.totals);
    return errors.figures();
  }
}

async function readGraphs(batches: AsyncIterable<RecordBatch>): Promise<readonly GraphRow[]> {
  const graphs: GraphRow[] = [];
  for await (const batch of batches) graphs.push(readGraph(batch));
  return graphs;
}

function checkGraphs(
  graphs: readonly GraphRow[],
  { inputNames, targetNames }: TrainedModel,
  ranks: number,
): void {
  if (graphs.length === 0) {
    throw new DataError(
      "Cannot validate: there must be a validation sample, received none; choose another split, " +
        "or leave the third input of train out",
    );
  }
  for (const graph of graphs) {
    checkRanks("train", graph, ranks);
    const expected = [inputNames, targetNames].map((names) => names.join(", "));
    const actual = [graph.inputNames, graph.targetNames].map((names) => names.join(", "));
    if (expected.join("; ") === actual.join("; ")) continue;
    throw new DataError(
      `Cannot validate: sample "${graph.id}" must have the fields of the training, ` +
        `${expected.join(" and ")}, it has ${actual.join(" and ")}`,
    );
  }
}
