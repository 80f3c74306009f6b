/**
 * Connectivity of a graph from its parts.
 *
 * @module
 */

import { type Connectivity, connectivityOf } from "../graph/connectivity.ts";
import { graphFromEdges } from "../graph/graph.ts";
import type { GraphRow } from "./graph_rows.ts";

export type { Connectivity };

/** The connectivity of a graph that was divided among ranks, without dropped edges. */
export function partConnectivity(parts: readonly GraphRow[]): Connectivity {
  let nodeBound = 0;
  let nodeCount = 0;
  let edgeCount = 0;
  for (const { nodes, interiorCount, senders } of parts) {
    for (const node of nodes) if (node >= nodeBound) nodeBound = node + 1;
    nodeCount += interiorCount;
    edgeCount += senders.length;
  }
  // Number in the graph of each node of the mesh.
  const numbers = new Uint32Array(nodeBound);
  let number = 0;
  for (const { nodes, interiorCount } of parts) {
    for (let node = 0; node < interiorCount; node++) numbers[nodes[node]] = number++;
  }
  const senders = new Uint32Array(edgeCount);
  const receivers = new Uint32Array(edgeCount);
  let edge = 0;
  for (const part of parts) {
    for (let node = 0; node < part.interiorCount; node++) {
      for (let e = part.offsets[node]; e < part.offsets[node + 1]; e++) {
        senders[edge] = numbers[part.nodes[part.senders[e]]];
        receivers[edge++] = numbers[part.nodes[node]];
      }
    }
  }
  const { edges, maxEdges } = parts[0].rule;
  const limit = edges === "given" ? undefined : maxEdges;
  return connectivityOf(graphFromEdges(nodeCount, senders, receivers), { limit });
}
