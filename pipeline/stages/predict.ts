/** Predicts the nodes of graphs with a trained model, over all ranks. @module */

import { z } from "zod";
import { DataError } from "../../errors.ts";
import { createRecordBatch } from "../../io/record_batch.ts";
import { defineStage } from "../engine/definition/stage.ts";
import { predictGraph } from "../prediction/predict_graph.ts";
import { deviceOptions } from "../training/device_options.ts";
import { checkRanks, type GraphRow, readGraph } from "../batches/graph_rows.ts";
import { firstBatch, readModel, type TrainedModel } from "../training/model_batch.ts";
import { openDevice } from "../training/open_device.ts";
import { RankNetwork } from "../training/rank_network.ts";
import { GRAPH, MODEL, PREDICTION } from "../batches/batch_schemas.ts";

export default defineStage({
  name: "predict",
  description:
    "Predicts the nodes of every graph in physical units with a trained model, over all ranks.",
  options: z.strictObject(deviceOptions),
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
        checkFields(graph, model);
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
 * Checks that a graph has the inputs of the model, in its units, and no targets that it lacks.
 *
 * @throws {DataError} If it does not.
 */
function checkFields(graph: GraphRow, { inputNames, targetNames, units }: TrainedModel): void {
  const action = `Cannot predict sample "${graph.id}"`;
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
