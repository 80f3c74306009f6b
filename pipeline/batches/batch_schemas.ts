/**
 * The record batches that travel between the stages.
 *
 * @module
 */

import type { Schema } from "../../io/record_batch.ts";

/** One mesh sample per row, in physical units. */
export const MESH = {
  name: "mesh",
  columns: {
    /** Number of the sample in its store, and its name. */
    index: "int32",
    id: "utf8",
    /** Meshes that the stream will have in all. */
    count: "int32",
    dimensions: "int32",
    /** `[N, D]` */
    position: { list: "float32" },
    /** Position and input fields `[N, I]`, and the name of each of the I values. */
    input: { list: "float32" },
    inputNames: { list: "utf8" },
    /**
     * Target fields `[N, O]`, empty where the store has none, and the name of each of the O values.
     */
    target: { list: "float32" },
    targetNames: { list: "utf8" },
    /** Units in the order of `inputNames`, then `targetNames`. */
    units: { list: "utf8" },
    /** Vertices along each axis of a grid; empty for a mesh. */
    gridShape: { list: "uint32" },
    /** Cells as in `MeshCells`; empty unless they were loaded. */
    cellConnectivity: { list: "uint32" },
    cellOffsets: { list: "uint32" },
    cellTypes: { list: "uint32" },
    /** For a mesh in a plane of space, the axis across it and the coordinate there; else empty. */
    plane: { list: "float64" },
  },
} as const satisfies Schema;

/** A mesh with the rank that owns each node. */
export const SUBDOMAINS = {
  name: "subdomains",
  columns: {
    ...MESH.columns,
    parts: "int32",
    /** Overlap length in units of the positions; negative for "every edge is kept". */
    overlap: "float64",
    /** `[N]` */
    owner: { list: "uint32" },
  },
} as const satisfies Schema;

/** A rank's part of one graph: one row, routed by `rank`. Lists are those of `LocalGraph`. */
export const GRAPH = {
  name: "graph",
  columns: {
    rank: "int32",
    ranks: "int32",
    index: "int32",
    id: "utf8",
    /** Number of this graph in the stream, and the number of graphs that will come. */
    step: "int32",
    steps: "int32",
    /** Number of the pass over the meshes, from 0. */
    epoch: "int32",
    /**
     * Which of how many predictions of each node this graph belongs to (`cover`); 0 of 1 otherwise.
     */
    round: "int32",
    rounds: "int32",
    interiorCount: "int32",
    ghostCount: "int32",
    /** Numbers in the mesh `[interior + ghost]`. */
    nodes: { list: "uint32" },
    offsets: { list: "uint32" },
    senders: { list: "uint32" },
    ghostCounts: { list: "uint32" },
    sendCounts: { list: "uint32" },
    sendNodes: { list: "uint32" },
    degrees: { list: "uint32" },
    droppedEdges: "int32",
    /**
     * How the graph was drawn: edge rule, radius (0 for none), most edges per receiver, sampled
     * nodes (0 for all). Radius and edges are 0 for the rule "given".
     */
    edges: "utf8",
    radius: "float64",
    maxEdges: "int32",
    sampledNodes: "int32",
    /** `[interior + ghost, I]` in physical units. */
    input: { list: "float32" },
    inputNames: { list: "utf8" },
    /** `[interior, O]` in physical units, or empty. */
    target: { list: "float32" },
    targetNames: { list: "utf8" },
    units: { list: "utf8" },
    /** 1 for an interior node in the loss, else 0 `[interior]`. */
    counted: { list: "float32" },
  },
} as const satisfies Schema;

/**
 * Mean and standard deviation of every input and target over the nodes of all training meshes, as
 * in `Normalisation`.
 */
export const STATISTICS = {
  name: "statistics",
  columns: {
    inputMean: { list: "float64" },
    inputScale: { list: "float64" },
    targetMean: { list: "float64" },
    targetScale: { list: "float64" },
    targetPowers: { list: "float64" },
    targetDeviation: { list: "float64" },
  },
} as const satisfies Schema;

/** A trained network with all that prediction and the report need. */
export const MODEL = {
  name: "model",
  columns: {
    /** JSON of the network options. */
    config: "utf8",
    /** Flat parameters, in the order of `ParameterLayout`. */
    parameters: { list: "float32" },
    ...STATISTICS.columns,
    inputNames: { list: "utf8" },
    targetNames: { list: "utf8" },
    units: { list: "utf8" },
    /** JSON of how it was trained: the metadata of `model.safetensors`. */
    training: "utf8",
    /** JSON of `GraphRule`: how the graphs were drawn. */
    graphRule: "utf8",
    /** JSON of the certificate of step 1, or empty. */
    certificate: "utf8",
    device: "utf8",
    losses: { list: "float64" },
    learningRates: { list: "float64" },
    /** Steps that were taken before this run, by those that it goes on from. */
    firstStep: "int32",
    droppedEdges: "float64",
  },
} as const satisfies Schema;

/** Predictions of one rank's interior nodes of one graph, in physical units. */
export const PREDICTION = {
  name: "prediction",
  columns: {
    index: "int32",
    round: "int32",
    rounds: "int32",
    rank: "int32",
    nodes: { list: "uint32" },
    /** `[nodes, O]` */
    prediction: { list: "float32" },
    targetNames: { list: "utf8" },
  },
} as const satisfies Schema;

/** A whole mesh with the prediction of every node: the mean over the rounds. */
export const FIELD = {
  name: "field",
  columns: {
    ...SUBDOMAINS.columns,
    /** `[N, O]` in physical units. */
    prediction: { list: "float32" },
    predictedNames: { list: "utf8" },
  },
} as const satisfies Schema;

/**
 * What one rank computed; loss, gradient, losses and parameters are those of all ranks together.
 */
export const VERIFICATION = {
  name: "verification",
  columns: {
    rank: "int32",
    nodes: { list: "uint32" },
    prediction: { list: "float32" },
    loss: "float64",
    gradient: { list: "float32" },
    losses: { list: "float64" },
    after: { list: "float32" },
    ghostCount: "int32",
    /** Bytes of the halo messages that this rank sent in one training step. */
    haloBytes: "float64",
    adapter: "utf8",
  },
} as const satisfies Schema;

/** The schemas of the batches that built-in stages exchange, by what a row is. */
export const schemas = {
  mesh: MESH,
  subdomains: SUBDOMAINS,
  graph: GRAPH,
  statistics: STATISTICS,
  model: MODEL,
  prediction: PREDICTION,
  field: FIELD,
} as const;
