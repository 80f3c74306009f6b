/** Divides every mesh into subdomains, one per rank. @module */

import { z } from "zod";
import { createRecordBatch } from "../../io/record_batch.ts";
import { defineStage } from "../engine/definition/stage.ts";
import { expectedEdges } from "../graph/expected_edges.ts";
import { partitionNodes } from "../graph/partition_nodes.ts";
import { spatialOrder } from "../graph/spatial_order.ts";
import { MESH, SUBDOMAINS } from "../batches/batch_schemas.ts";

const graphCost = z.strictObject({
  radius: z.number().positive().meta({
    description: "Radius of the graphs, as in the sample stage.",
    unit: "units of the positions",
  }),
  maxEdges: z.int().min(1).default(64).describe(
    "Largest number of edges that a node receives, as in the sample stage.",
  ),
  nodes: z.union([z.int().min(1), z.literal("all")]).default("all").describe(
    "Number of sampled nodes of a mesh, as in the sample stage.",
  ),
  nodeCost: z.number().min(0).default(10).meta({
    description: "Cost of a node without its edges: 10 for a width of 32 and a kernel network of " +
      "64-64.",
    unit: "edges",
  }),
});

export default defineStage({
  name: "partition",
  description: "Divides every mesh into subdomains of equal node counts or predicted costs, one " +
    "per rank, with an overlap.",
  options: z.strictObject({
    parts: z.int().min(1).max(4096).default(1).describe("Number of subdomains P."),
    method: z.enum(["bisection", "strips"]).default("bisection").describe(
      "Recursive bisection across the longest side, or one cut into strips across it.",
    ),
    overlap: z.number().min(0).optional().meta({
      description: "Distance that a rank sees beyond its subdomain; edges from farther away are " +
        "dropped and counted, none for an overlap of at least the longest edge.",
      unit: "units of the positions",
      absent: "every edge is retained",
    }),
    balance: z.union([z.literal("nodes"), graphCost]).default("nodes").describe(
      "Quantity that the subdomains share equally: nodes, or the predicted cost of their graphs, " +
        "which is lower at the border and in coarse parts of a mesh.",
    ),
    order: z.boolean().optional().meta({
      description: "Whether to add the order of the nodes in space that stratified draws follow.",
      absent: "added where a stage samples with stratified draws",
    }),
  }),
  inputs: [MESH],
  output: SUBDOMAINS,
  repeats: { keeps: true },
  usesDirectory: false,
  async *run({ inputs: [meshes], options, beat }) {
    const { parts, method, overlap, balance, order = false } = options;
    let division: Division | undefined;
    for await (const batch of meshes) {
      const position = batch.list("position", 0, "float32");
      const dimensions = batch.value("dimensions", 0, "int32");
      // Samples on one mesh have one division.
      if (division === undefined || !isOf(division, position, dimensions)) {
        const weights = balance === "nodes" || parts === 1
          ? undefined
          : predictedCosts(position, dimensions, balance, beat);
        division = {
          position: position.slice(),
          dimensions,
          owner: partitionNodes(position, dimensions, parts, { method, weights }),
          order: order ? spatialOrder(position, dimensions) : new Uint32Array(0),
        };
      }
      yield createRecordBatch(SUBDOMAINS, [{
        ...batch.row(0),
        parts,
        overlap: overlap ?? -1,
        owner: division.owner,
        order: division.order,
      }]);
    }
  },
});

/** Owner and order of the nodes of a mesh, which follow from their positions alone. */
interface Division {
  readonly position: Float32Array;
  readonly dimensions: number;
  readonly owner: Uint32Array<ArrayBuffer>;
  readonly order: Uint32Array<ArrayBuffer>;
}

function isOf(division: Division, position: Float32Array, dimensions: number): boolean {
  return division.dimensions === dimensions && division.position.length === position.length &&
    division.position.every((x, k) => x === position[k]);
}

/** Predicted cost of each node `[N]`, in edges. */
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
