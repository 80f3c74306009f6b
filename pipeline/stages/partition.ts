/** Cuts every mesh into subdomains, one per rank. @module */

import { z } from "zod";
import { createRecordBatch } from "../../io/record_batch.ts";
import { defineStage } from "../engine/stage.ts";
import { partitionNodes } from "../graph/partition.ts";
import { MESH, SUBDOMAINS } from "./schemas.ts";

export default defineStage({
  name: "partition",
  description: "Cuts every mesh into subdomains of equal node counts, one per rank, with an overlap.",
  options: z.strictObject({
    /** The number of subdomains P. */
    parts: z.int().min(1).max(4096).default(1),
    method: z.enum(["bisection", "strips"]).default("bisection"),
    /**
     * How far a rank sees beyond its subdomain, in units of the positions. With less than the radius, edges are
     * lost and counted. By default every edge is kept.
     */
    overlap: z.number().min(0).optional(),
  }),
  inputs: [MESH],
  output: SUBDOMAINS,
  async *run({ inputs: [meshes], options: { parts, method, overlap } }) {
    for await (const batch of meshes) {
      const position = batch.list("position", 0, "float32"),
        dimensions = batch.value("dimensions", 0, "int32");
      const owner = partitionNodes(position, dimensions, parts, { method });
      yield createRecordBatch(SUBDOMAINS, [{ ...batch.row(0), parts, overlap: overlap ?? -1, owner }]);
    }
  },
});
