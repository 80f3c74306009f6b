/** Predicts the nodes of graphs with a trained model, over all ranks. @module */

import { z } from "zod";
import { DataError, UserError } from "../../errors.ts";
import { createRecordBatch } from "../../io/record_batch.ts";
import { defineStage } from "../engine/definition/stage.ts";
import { predictGraph } from "../prediction/predict_graph.ts";
import { deviceOptions } from "../training/device_options.ts";
import { type GraphRow, readGraph } from "../batches/graph_rows.ts";
import { firstBatch, readModel, type TrainedModel } from "../training/model_batch.ts";
import { openDevice } from "../training/open_device.ts";
import { RankNetwork } from "../training/rank_network.ts";
import { GRAPH, MODEL, PREDICTION } from "../batches/batch_schemas.ts";

export default defineStage({
  name: "predict",
  description:
    "Predicts every node of every graph in physical units, with the parameters of a trained model.",
  options: z.strictObject(deviceOptions),
  inputs: [MODEL, GRAPH],
  output: PREDICTION,
  peers: true,
  repeats: { keeps: true },
  usesDirectory: false,
  async *run({ inputs: [models, graphs], options, beat, peers, rank, ranks }) {
    const model = readModel(await firstBatch(models, "a trained model"));
    const device = await openDevice({ options, beat });
    try {
      const network = new RankNetwork(device, model.config, peers);
      network.setParameters(model.parameters);
      for await (const batch of graphs) {
        const graph = readGraph(batch);
        checkGraph(graph, model, ranks);
        yield createRecordBatch(PREDICTION, [{
          index: graph.index,
          round: graph.round,
          rounds: graph.rounds,
          rank,
          nodes: graph.nodes.slice(0, graph.interiorCount),
          prediction: await predictGraph(network, graph, graph, model.normalisation),
          targetNames: model.targetNames,
        }]);
      }
    } finally {
      device.destroy();
    }
  },
});

/**
 * Throws unless a graph is for so many ranks, and has the inputs of the model in its units; targets
 * too, if any.
 */
function checkGraph(graph: GraphRow, model: TrainedModel, ranks: number): void {
  const { inputNames, targetNames } = model;
  if (graph.ranks !== ranks) {
    throw new UserError(
      `Cannot predict as ranks and parts must be the same number: ${ranks} ranks, ` +
        `${graph.ranks} parts; ` +
        `set both, or use --ranks`,
    );
  }
  if (graph.inputNames.join() !== inputNames.join()) {
    throw new DataError(
      `Cannot predict sample "${graph.id}" as the model reads ${inputNames.join(", ")}: ` +
        "the data have " +
        graph.inputNames.join(", "),
    );
  }
  const others = graph.targetNames.filter((name) => !targetNames.includes(name));
  if (others.length > 0) {
    throw new DataError(
      `Cannot predict sample "${graph.id}" as the model predicts ` +
        `${targetNames.join(", ")}: the data have ` +
        others.join(", "),
    );
  }
  const modelNames = [...inputNames, ...targetNames];
  for (const [k, name] of [...graph.inputNames, ...graph.targetNames].entries()) {
    const unit = model.units[modelNames.indexOf(name)];
    const found = graph.units[k];
    // Files of other programs often tell no unit.
    if (unit === found || unit === "" || found === "") continue;
    throw new DataError(
      `Cannot predict sample "${graph.id}" as the model has ${name} in ${unit}: the data ` +
        `have it in ${found}; convert them`,
    );
  }
}
