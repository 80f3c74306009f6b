import assert from "node:assert/strict";
import { createRecordBatch, type RecordBatch } from "../../../io/record_batch.ts";
import { receiversOf } from "../../../pipeline/graph/graph.ts";
import { cellColumns } from "../../../pipeline/batches/cell_columns.ts";
import { givenGraph } from "../../../pipeline/batches/given_graph.ts";
import { MESH } from "../../../pipeline/batches/batch_schemas.ts";
import { meshBatch } from "../stages/meshes.ts";

/** A mesh of six nodes with edges [sender, receiver]. */
function withEdges(edges: readonly (readonly [number, number])[], type = 3): RecordBatch {
  const cells = {
    connectivity: Uint32Array.from(edges.flat()),
    offsets: Uint32Array.from({ length: edges.length + 1 }, (_, edge) => 2 * edge),
    types: new Uint8Array(edges.length).fill(type),
  };
  return createRecordBatch(MESH, [{ ...meshBatch("a", 6).row(0), ...cellColumns(cells) }]);
}

Deno.test(
  "givenGraph() retains the edges between the nodes, from first to second, repeats and " +
    "self-edges too",
  () => {
    const batch = withEdges([[0, 5], [5, 0], [4, 5], [5, 4], [5, 4], [4, 4], [1, 2]]);
    const graph = givenGraph(batch, Uint32Array.of(0, 4, 5));
    const edges = [...receiversOf(graph)].map((receiver, e) => [graph.senders[e], receiver]);
    assert.deepEqual(edges, [[2, 0], [2, 1], [2, 1], [1, 1], [0, 2], [1, 2]]);
    assert.equal(graph.nodeCount, 3);
    assert.equal(givenGraph(batch, Uint32Array.of(0, 3)).senders.length, 0);
  },
);

Deno.test("givenGraph() refuses meshes without cells, and cells that are not edges", () => {
  assert.throws(() => givenGraph(meshBatch("a", 6), Uint32Array.of(0)), {
    name: "DataError",
    message: /sample "a": its cells must be loaded, there are none; set cells of the load stage/,
  });
  assert.throws(() => givenGraph(withEdges([[0, 1]], 9), Uint32Array.of(0)), {
    name: "DataError",
    message: /every cell must be a line of two nodes \(type 3\), cell 0 has type 9$/,
  });
});
