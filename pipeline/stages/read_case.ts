/** Reads the graph of a case file and cuts it into parts, one per rank. @module */

import { z } from "zod";
import { defineStage } from "../engine/definition/stage.ts";
import { graphFromEdges } from "../graph/graph.ts";
import { localGraphs } from "../graph/local_graph.ts";
import { partitionNodes } from "../graph/partition_nodes.ts";
import { readCaseFile } from "../training/case_file.ts";
import { GIVEN_GRAPH, graphBatch } from "../batches/graph_rows.ts";
import { GRAPH } from "../batches/batch_schemas.ts";

export default defineStage({
  name: "read_case",
  description:
    "Reads the graph of a case file and cuts it by position into one part per rank; no edge " +
    "is dropped.",
  options: z.strictObject({
    file: z.string().describe("Path of the case file (`.safetensors`)."),
    parts: z.int().min(1).max(4096).default(1).describe("Number of parts P, one per rank."),
  }),
  inputs: [],
  output: GRAPH,
  routeByRank: true,
  repeats: { reads: ["file"] },
  usesDirectory: false,
  async *run({ options: { file, parts } }) {
    const { nodeCount, senders, receivers, position, dimensions, config, adam, ...fields } =
      await readCaseFile(file);
    const graph = graphFromEdges(nodeCount, senders, receivers);
    const names = (count: number, prefix: string) =>
      Array.from({ length: count }, (_, k) => `${prefix}${k}`);
    for (const local of localGraphs(graph, partitionNodes(position, dimensions, parts), parts)) {
      yield graphBatch(local, {
        rule: GIVEN_GRAPH,
        index: 0,
        id: file,
        step: 0,
        steps: adam.steps,
        epoch: 0,
        round: 0,
        rounds: 1,
        input: fields.input,
        inputNames: names(config.inputs, "input"),
        target: fields.target,
        targetNames: names(config.outputs, "output"),
        units: names(config.inputs + config.outputs, "").fill(""),
        counted: fields.counted,
      });
    }
  },
});
