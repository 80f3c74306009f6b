/** Computes a case on P ranks with the training code. @module */

import { z } from "zod";
import { createRecordBatch } from "../../io/record_batch.ts";
import { defineStage } from "../engine/definition/stage.ts";
import { createOptimizer } from "../model/muon.ts";
import { deviceOptions } from "../training/device_options.ts";
import { readCaseFile } from "../training/case_file.ts";
import { gatherRows, readGraph } from "../batches/graph_rows.ts";
import { firstBatch } from "../training/model_batch.ts";
import { openDevice } from "../training/open_device.ts";
import { RankNetwork } from "../training/rank_network.ts";
import { GRAPH, VERIFICATION } from "../batches/batch_schemas.ts";

export default defineStage({
  name: "compute_case",
  description:
    "Computes prediction, loss, gradient and optimizer steps of a case over all ranks, with the " +
    "training code.",
  options: z.strictObject({
    file: z.string().describe("Path of the case file (`.safetensors`)."),
    device: deviceOptions.device,
  }),
  inputs: [GRAPH],
  output: VERIFICATION,
  peers: true,
  repeats: { reads: ["file"] },
  usesDirectory: false,
  async *run({ inputs: [graphs], options, beat, peers, rank }) {
    const graph = readGraph(await firstBatch(graphs, "the graph of the case"));
    const file = await readCaseFile(options.file);
    const { config, optimizer: name, adam, parameters, position, dimensions } = file;
    const device = await openDevice({ options, beat });
    try {
      const network = new RankNetwork(device, config, peers);
      const gradientLoss = file.gradientLoss && {
        ...file.gradientLoss,
        position: gatherRows(position, dimensions, graph.nodes),
        dimensions,
      };
      const { input, target, counted } = graph;
      const sample = { graph, input, target, counted, gradientLoss };
      network.setParameters(parameters);
      const prediction = await network.predict(sample);

      const bytesBefore = network.haloBytes;
      const first = await network.gradientStep(sample);
      const haloBytes = network.haloBytes - bytesBefore;
      const gradient = first.gradient.slice();

      const optimizer = createOptimizer(name, device, config, adam);
      const losses = new Float64Array(adam.steps);
      for (let step = 0; step < adam.steps; step++) {
        const { loss, gradient } = step === 0 ? first : await network.gradientStep(sample);
        losses[step] = loss;
        await optimizer.prepare(parameters, gradient, adam.learningRate);
        optimizer.apply(parameters);
        network.setParameters(parameters);
      }
      yield createRecordBatch(VERIFICATION, [{
        rank,
        nodes: graph.nodes.slice(0, graph.interiorCount),
        prediction,
        loss: first.loss,
        gradient,
        losses,
        after: parameters,
        ghostCount: graph.ghostCount,
        haloBytes,
        adapter: device.description,
      }]);
    } finally {
      device.destroy();
    }
  },
});
