/** Small meshes for the tests of the stages. @module */

import { createRecordBatch, type RecordBatch } from "../../../io/record_batch.ts";
import { fillUniform, hash } from "../../../pipeline/graph/random.ts";
import { cellColumns } from "../../../pipeline/batches/cell_columns.ts";
import { MESH } from "../../../pipeline/batches/batch_schemas.ts";

/** A mesh of random points in the unit square with positions, one input and one target. */
export function meshBatch(id: string, nodeCount: number, index = 0, count = 1): RecordBatch {
  const uniform = (name: string, length: number) =>
    fillUniform(hash(5, id, name), new Float32Array(length));
  const position = uniform("position", 2 * nodeCount);
  const input = uniform("input", nodeCount);
  const rows = new Float32Array(3 * nodeCount);
  for (let node = 0; node < nodeCount; node++) {
    rows.set([position[2 * node], position[2 * node + 1], input[node]], 3 * node);
  }
  return createRecordBatch(MESH, [{
    index,
    id,
    count,
    dimensions: 2,
    position,
    input: rows,
    inputNames: ["x", "y", "coefficient"],
    target: uniform("target", nodeCount),
    targetNames: ["solution"],
    units: ["", "", "", ""],
    gridShape: new Uint32Array(0),
    ...cellColumns(),
  }]);
}
