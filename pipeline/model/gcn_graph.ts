/**
 * A rank's graph for the GCN: edge weights, and the transposed graph for the adjoint.
 *
 * @module
 */

import type { DeviceArray } from "../../kernels/device.ts";
import { edgesBySender, receiversOf } from "../graph/graph.ts";
import type { NetworkInput } from "./network.ts";
import type { Workspace } from "./workspace.ts";

/** Weighted edges by row, the graph inputs of `weightedGather`. */
export interface WeightedEdges {
  readonly offsets: DeviceArray<"u32">;
  readonly senders: DeviceArray<"u32">;
  readonly edgeWeights: DeviceArray<"f32">;
  readonly selfWeights: DeviceArray<"f32">;
}

/** A rank's graph for the GCN, on the device. */
export interface GcnGraph {
  readonly interiorCount: number;
  readonly nodeCount: number;
  /** Edges by receiving interior node. */
  readonly incoming: WeightedEdges;
  /** The same edges by sending node, ghosts too: the transpose. */
  readonly outgoing: WeightedEdges;
}

/**
 * Uploads `graph` with weights `1 / sqrt(d_sender · d_receiver)`, where `d` is 1 + the in-degree in
 * the complete graph.
 */
export function uploadGcnGraph(workspace: Workspace, graph: NetworkInput["graph"]): GcnGraph {
  const { interiorCount, ghostCount, offsets, senders, degrees } = graph;
  const nodeCount = interiorCount + ghostCount;
  const scales = Float64Array.from(degrees, (degree) => 1 / Math.sqrt(degree + 1));
  const receivers = receiversOf({ offsets });
  const weights = Float32Array.from(
    receivers,
    (receiver, e) => scales[receiver] * scales[senders[e]],
  );
  const selfWeights = new Float32Array(nodeCount);
  for (let i = 0; i < interiorCount; i++) selfWeights[i] = scales[i] * scales[i];
  const outgoing = edgesBySender(senders, nodeCount);
  const selfOnDevice = workspace.store("gcn.selfWeights", "f32", selfWeights);
  return {
    interiorCount,
    nodeCount,
    incoming: {
      offsets: workspace.store("gcn.offsets", "u32", offsets as Uint32Array<ArrayBuffer>),
      senders: workspace.store("gcn.senders", "u32", senders as Uint32Array<ArrayBuffer>),
      edgeWeights: workspace.store("gcn.edgeWeights", "f32", weights),
      selfWeights: selfOnDevice,
    },
    outgoing: {
      offsets: workspace.store(
        "gcn.outgoingOffsets",
        "u32",
        outgoing.offsets as Uint32Array<ArrayBuffer>,
      ),
      senders: workspace.store("gcn.targets", "u32", outgoing.edges.map((e) => receivers[e])),
      edgeWeights: workspace.store(
        "gcn.outgoingWeights",
        "f32",
        Float32Array.from(outgoing.edges, (e) => weights[e]),
      ),
      selfWeights: selfOnDevice,
    },
  };
}
