/**
 * Graphs whose edges are given by the meshes.
 *
 * @module
 */

import { DataError } from "../../errors.ts";
import { CELL_TYPES } from "../../io/mesh_cells.ts";
import type { RecordBatch } from "../../io/record_batch.ts";
import { type Graph, graphFromEdges } from "../graph/graph.ts";
import { cellsOf } from "./cell_columns.ts";

const [LINE_TYPE] = CELL_TYPES.line;

/**
 * The graph of some nodes of the mesh in the first row of `batch`, with all given edges between
 * them: a line cell is an edge from its first node to its second.
 *
 * @param nodes Node numbers in the mesh.
 * @throws {DataError} If cells were not loaded, or one of them is not a line.
 */
export function givenGraph(batch: RecordBatch, nodes: Uint32Array): Graph {
  const cells = cellsOf(batch);
  const action = `Cannot read the given edges of sample "${batch.value("id", 0)}"`;
  if (cells === undefined) {
    throw new DataError(
      `${action}: its cells must be loaded, there are none; set cells of the load stage`,
    );
  }
  const other = cells.types.findIndex((type) => type !== LINE_TYPE);
  if (other >= 0) {
    throw new DataError(
      `${action}: every cell must be a line of two nodes (type 3), cell ${other} has ` +
        `type ${cells.types[other]}`,
    );
  }
  const { connectivity } = cells;
  const numbers = new Map(Array.from(nodes, (node, number) => [node, number]));
  const senders: number[] = [];
  const receivers: number[] = [];
  for (let k = 0; k < connectivity.length; k += 2) {
    const sender = numbers.get(connectivity[k]);
    const receiver = numbers.get(connectivity[k + 1]);
    if (sender === undefined || receiver === undefined) continue;
    senders.push(sender);
    receivers.push(receiver);
  }
  return graphFromEdges(nodes.length, senders, receivers);
}
