/** Predicts the nodes of graphs with a trained model, over all ranks. @module */

import { z } from "zod";
import { DataError } from "../../errors.ts";
import { createRecordBatch } from "../../io/record_batch.ts";
import { defineStage } from "../engine/definition/stage.ts";
import { predictGraph } from "../prediction/predict_graph.ts";
import { deviceOptions } from "../training/device_options.ts";
import { checkRanks, readGraph } from "../batches/graph_rows.ts";
import { firstBatch, readModel, type TrainedModel } from "../training/model_batch.ts";
import { openDevice } from "../training/open_device.ts";
import { RankNetwork } from "../training/rank_network.ts";
import { GRAPH, MODEL, PREDICTION } from "../batches/batch_schemas.ts";

export default defineStage({
  name: "predict",
  description:
    "Predicts the nodes of every graph in physical units with a trained model, over all ranks.",
  options: z.strictObject({
    ...deviceOptions,
    otherGraphs: z.boolean().optional().meta({
      description: "Whether edges, radius, number of nearest neighbours and overlap may differ " +
        "from those of the training.",
      absent: "refused before the run",
    }),
  }),
  inputs: [MODEL, GRAPH],
  output: PREDICTION,
  peers: true,
  repeats: { keeps: true },
  usesDirectory: false,
  async *run({ inputs: [models, graphs], options, beat, peers, rank, ranks }) {
    const model = readModel(await firstBatch(models, "the trained model"));
    const device = await openDevice({ options, beat });
    try {
      const network = new RankNetwork(device, model.config, peers);
      network.setParameters(model.parameters);
      for await (const batch of graphs) {
        const graph = readGraph(batch);
        checkRanks("predict", graph, ranks);
        checkModelFields(`Cannot predict sample "${graph.id}"`, graph, model);
        yield createRecordBatch(PREDICTION, [{
          index: graph.index,
          round: graph.round,
          rounds: graph.rounds,
          rank,
          nodes: graph.nodes.slice(0, graph.interiorCount),
          prediction: await predictGraph(network, graph, graph, model.normalisation),
          targetNames: model.targetNames,
          predictedOffset: model.normalisation.valueOffset.slice(model.inputNames.length),
        }]);
      }
    } finally {
      device.destroy();
    }
  },
});

/** Columns of fields: names of inputs and targets, and units of inputs, then targets. */
type Columns = Pick<TrainedModel, "dimensions" | "inputNames" | "targetNames" | "units">;

/**
 * Checks that data have the dimensions and inputs of a model, in its units, and no targets that it
 * lacks.
 *
 * @param action Start of the error, such as `Cannot predict sample "a"`
 * @throws {DataError} If they do not.
 */
export function checkModelFields(
  action: string,
  graph: Columns,
  { dimensions, inputNames, targetNames, units }: Columns,
): void {
  if (graph.dimensions !== dimensions) {
    throw new DataError(
      `${action}: the model reads meshes of ${dimensions} dimensions, the data have ` +
        graph.dimensions,
    );
  }
  if (graph.inputNames.join() !== inputNames.join()) {
    throw new DataError(
      `${action}: the model reads ${inputNames.join(", ")}, the data have ` +
        graph.inputNames.join(", "),
    );
  }
  const unknown = graph.targetNames.filter((name) => !targetNames.includes(name));
  if (unknown.length > 0) {
    throw new DataError(
      `${action}: the model predicts ${targetNames.join(", ")}, the data have ` +
        unknown.join(", "),
    );
  }
  const modelNames = [...inputNames, ...targetNames];
  for (const [k, name] of [...graph.inputNames, ...graph.targetNames].entries()) {
    const expected = units[modelNames.indexOf(name)];
    const actual = graph.units[k];
    // Files of other programs often have no units.
    if (expected === actual || expected === "" || actual === "") continue;
    throw new DataError(
      `${action}: ${name} must be in ${expected}, the unit of the model, the data have it in ` +
        `${actual}; convert them`,
    );
  }
}
