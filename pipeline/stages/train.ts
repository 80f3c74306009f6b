/** Trains a network on a stream of graphs, synchronously over all ranks. @module */

import { defineStage } from "../engine/definition/stage.ts";
import { GRAPH, MODEL, STATISTICS } from "../batches/batch_schemas.ts";
import { readGraph } from "../batches/graph_rows.ts";
import { readCheckpoint } from "../training/checkpoint_file.ts";
import { firstBatch, readTrainingData } from "../training/model_batch.ts";
import { readNormalisation } from "../training/normalisation.ts";
import { openDevice } from "../training/open_device.ts";
import { trainOptions } from "../training/train_options.ts";
import { TrainingRun, type TrainingStatistics } from "../training/training_run.ts";

export default defineStage({
  name: "train",
  description: "Trains a network over all ranks, one graph per step, and writes its model file.",
  options: trainOptions,
  inputs: [GRAPH, STATISTICS],
  optionalInputs: [GRAPH],
  output: MODEL,
  peers: true,
  yieldsAtEnd: true,
  repeats: { reads: ["initFrom"], writes: ({ modelFile }) => [modelFile], keeps: true },
  async *run(context) {
    const { inputs: [graphs, statistics], options, rank } = context;
    const data = await firstBatch(statistics, "statistics");
    const trainingStatistics: TrainingStatistics = {
      normalisation: readNormalisation(data),
      data: (inputNames) => readTrainingData(data, inputNames),
    };
    const path = options.checkpoint?.resume;
    const resumed = path === undefined ? undefined : await readCheckpoint(path);
    if (resumed !== undefined && rank === 0) {
      const { step, steps } = resumed.progress;
      context.progress({ done: step, total: steps });
    }
    const device = await openDevice(context);
    try {
      const run = new TrainingRun(context, device, trainingStatistics, resumed);
      try {
        for await (const batch of graphs) {
          if (!await run.step(readGraph(batch))) break;
        }
      } catch (error) {
        // The steps before the failure are complete.
        await run.save();
        throw error;
      }
      yield await run.result();
    } finally {
      device.destroy();
    }
  },
});
