/**
 * Parts of custom stages: {@linkcode defineStage}, the schemas of the batches that built-in
 * stages exchange, and record batches.
 *
 * @example Count the nodes of all meshes
 * ```ts
 * import assert from "node:assert/strict";
 * import { defineStage, schemas, z } from "./stages.ts";
 *
 * const stage = defineStage({
 *   name: "count_nodes",
 *   description: "Writes the number of nodes to nodes.txt.",
 *   options: z.strictObject({}),
 *   inputs: [schemas.mesh],
 *   async run({ inputs: [meshes], directory }) {
 *     let count = 0;
 *     for await (const mesh of meshes) {
 *       count += mesh.list("position", 0, "float32").length / mesh.value("dimensions", 0, "int32");
 *     }
 *     await Deno.writeTextFile(`${directory}/nodes.txt`, String(count));
 *   },
 * });
 * assert.equal(stage.name, "count_nodes");
 * ```
 *
 * @module
 */

/** The schema library in which stages declare their options. */
export { z } from "zod";

export {
  type ColumnType,
  createRecordBatch,
  type RecordBatch,
  type Row,
  type Schema,
} from "./io/record_batch.ts";
export { schemas } from "./pipeline/batches/batch_schemas.ts";
export {
  defineStage,
  type Peers,
  type Progress,
  type Stage,
  type StageContext,
  type StageRecord,
} from "./pipeline/engine/definition/stage.ts";
