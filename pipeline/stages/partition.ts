/** Cuts every mesh into subdomains, one per rank. @module */

import { z } from "zod";
import { createRecordBatch } from "../../io/record_batch.ts";
import { defineStage } from "../engine/definition/stage.ts";
import { expectedEdges } from "../graph/expected_edges.ts";
import { partitionNodes } from "../graph/partition_nodes.ts";
import { MESH, SUBDOMAINS } from "../batches/batch_schemas.ts";

/**
 * How graphs are drawn, as the options of the `sample` stage say it, and what a node of them costs.
 */
const graphCost = z.strictObject({
  radius: z.number().positive(),
  maxEdges: z.int().min(1).default(64),
  nodes: z.union([z.int().min(1), z.literal("all")]).default("all"),
  /**
   * The cost of a node beside its edges, in edges: a width of 32 and kernel network 64-64 make it
   * 10.
   */
  nodeCost: z.number().min(0).default(10),
});

export default defineStage({
  name: "partition",
  description: "Cuts every mesh into subdomains of equal node counts or predicted costs, one per " +
    "rank, with an overlap.",
  options: z.strictObject({
    /** The number of subdomains P. */
    parts: z.int().min(1).max(4096).default(1),
    method: z.enum(["bisection", "strips"]).default("bisection"),
    /**
     * How far a rank sees beyond its subdomain, in units of the positions. With less than the
     * longest edge (the radius, or the farthest of the nearest neighbours), edges are lost and
     * counted. By default every edge is kept.
     */
    overlap: z.number().min(0).optional(),
    /**
     * What the subdomains have equal shares of: "nodes", or the predicted cost of the graphs that
     * will be drawn, of which a node at the border of the mesh or in a coarse part of it has less.
     * On a mesh of even density they hardly differ.
     */
    balance: z.union([z.literal("nodes"), graphCost]).default("nodes"),
  }),
  inputs: [MESH],
  output: SUBDOMAINS,
  repeats: { keeps: true },
  usesDirectory: false,
  async *run({ inputs: [meshes], options: { parts, method, overlap, balance }, beat }) {
    for await (const batch of meshes) {
      const position = batch.list("position", 0, "float32");
      const dimensions = batch.value("dimensions", 0, "int32");
      const owner = partitionNodes(position, dimensions, parts, {
        method,
        ...(balance !== "nodes" && parts > 1 &&
          { weights: predictedCosts(position, dimensions, balance, beat) }),
      });
      yield createRecordBatch(SUBDOMAINS, [{
        ...batch.row(0),
        parts,
        overlap: overlap ?? -1,
        owner,
      }]);
    }
  },
});

/** The predicted cost of each node [N], in edges. */
function predictedCosts(
  position: Float32Array,
  dimensions: number,
  { radius, maxEdges, nodes, nodeCost }: z.infer<typeof graphCost>,
  beat: () => void,
): Float64Array {
  const sampledNodes = nodes === "all" ? Infinity : nodes;
  const edges = expectedEdges(position, dimensions, { radius, maxEdges, sampledNodes, beat });
  return edges.map((count) => nodeCost + count);
}
