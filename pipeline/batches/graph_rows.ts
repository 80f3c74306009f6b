/**
 * Local graphs as rows of record batches, and back.
 *
 * @module
 */

import { UserError } from "../../errors.ts";
import { createRecordBatch, type RecordBatch } from "../../io/record_batch.ts";
import type { EdgeRule } from "../graph/edge_rule.ts";
import type { LocalGraph } from "../graph/local_graph.ts";
import { GRAPH } from "./batch_schemas.ts";
import { coordinateCount } from "./value_offsets.ts";

/** Rule by which graphs were drawn. */
export interface GraphRule extends Omit<EdgeRule, "edges"> {
  /** "given" for edges given by the meshes; radius and edges are then 0. */
  readonly edges: EdgeRule["edges"] | "given";
  /** Number of sampled nodes of a mesh; 0 for all. */
  readonly sampledNodes: number;
}

/** The rule of given edges, with all nodes. */
export const GIVEN_GRAPH: GraphRule = { edges: "given", radius: 0, maxEdges: 0, sampledNodes: 0 };

/** A graph's place in the stream, and the fields on its mesh, or on the nodes of a part. */
export interface GraphFields {
  readonly rule: GraphRule;
  readonly index: number;
  readonly id: string;
  readonly step: number;
  readonly steps: number;
  readonly epoch: number;
  readonly round: number;
  readonly rounds: number;
  /** Inputs `[N, I]`; of a part, those of the interior nodes and the ghosts. */
  readonly input: Float32Array;
  readonly inputNames: readonly string[];
  /** Targets `[N, O]`, or empty; of a part, those of the interior nodes. */
  readonly target: Float32Array;
  readonly targetNames: readonly string[];
  readonly units: readonly string[];
  /** Number of coordinates, which are the first inputs. @default the leading names x, y, z */
  readonly dimensions?: number | undefined;
  /** True value minus value of inputs, then targets `[I + O]`; empty for 0. @default empty */
  readonly valueOffset?: Float64Array | undefined;
  /** Weights of nodes in the loss, 0 without a target `[N]`. @default 1 for all nodes */
  readonly counted?: Float32Array | undefined;
}

/** A rank's part of a graph, as read from a row. */
export interface GraphRow extends LocalGraph, GraphFields {
  readonly counted: Float32Array;
  readonly dimensions: number;
  readonly valueOffset: Float64Array;
}

/**
 * The batch with the one row of `local`.
 *
 * @param meshNodes Mesh number of every node of the graph, for a graph of sampled nodes.
 * @default the graph has all nodes of the mesh
 */
export function graphBatch(
  local: LocalGraph,
  fields: GraphFields,
  meshNodes?: Uint32Array,
): RecordBatch {
  const { rank, ranks, interiorCount, ghostCount, offsets, senders, droppedEdges } = local;
  const { ghostCounts, sendCounts, sendNodes, degrees } = local;
  const nodes = meshNodes === undefined ? local.nodes : local.nodes.map((node) => meshNodes[node]);
  const { index, id, step, steps, epoch, round, rounds, inputNames, targetNames, units } = fields;
  const interior = nodes.subarray(0, interiorCount);
  const counted = fields.counted;
  return createRecordBatch(GRAPH, [{
    rank,
    ranks,
    index,
    id,
    step,
    steps,
    epoch,
    round,
    rounds,
    interiorCount,
    ghostCount,
    nodes,
    offsets,
    senders,
    ghostCounts,
    sendCounts,
    sendNodes,
    degrees,
    droppedEdges,
    ...fields.rule,
    draw: fields.rule.draw ?? "",
    input: gatherRows(fields.input, inputNames.length, nodes),
    inputNames,
    target: fields.target.length === 0
      ? fields.target
      : gatherRows(fields.target, targetNames.length, interior),
    targetNames,
    units,
    dimensions: fields.dimensions ?? coordinateCount(inputNames),
    valueOffset: fields.valueOffset ?? new Float64Array(0),
    counted: counted === undefined
      ? new Float32Array(interiorCount).fill(1)
      : gatherRows(counted, 1, interior),
  }]);
}

/** The graph in the first row of `batch`; its arrays share the memory of the batch. */
export function readGraph(batch: RecordBatch): GraphRow {
  const number = (column: string) => batch.value(column, 0, "int32");
  const numbers = (column: string) => batch.list(column, 0, "uint32");
  const inputNames = batch.texts("inputNames", 0);
  return {
    rank: number("rank"),
    ranks: number("ranks"),
    index: number("index"),
    id: batch.value("id", 0, "utf8"),
    step: number("step"),
    steps: number("steps"),
    epoch: number("epoch"),
    round: number("round"),
    rounds: number("rounds"),
    interiorCount: number("interiorCount"),
    ghostCount: number("ghostCount"),
    nodes: numbers("nodes"),
    offsets: numbers("offsets"),
    senders: numbers("senders"),
    ghostCounts: numbers("ghostCounts"),
    sendCounts: numbers("sendCounts"),
    sendNodes: numbers("sendNodes"),
    degrees: numbers("degrees"),
    droppedEdges: number("droppedEdges"),
    rule: {
      edges: batch.value("edges", 0, "utf8") as GraphRule["edges"],
      radius: batch.value("radius", 0, "float64"),
      maxEdges: number("maxEdges"),
      sampledNodes: number("sampledNodes"),
      draw: batch.value("draw", 0, "utf8") === "stratified" ? "stratified" : undefined,
    },
    input: batch.list("input", 0, "float32"),
    inputNames,
    target: batch.list("target", 0, "float32"),
    targetNames: batch.texts("targetNames", 0),
    units: batch.texts("units", 0),
    dimensions: number("dimensions") || coordinateCount(inputNames),
    valueOffset: batch.list("valueOffset", 0, "float64"),
    counted: batch.list("counted", 0, "float32"),
  };
}

/** The rows `nodes` of `values` `[N, width]`. */
export function gatherRows(
  values: Float32Array,
  width: number,
  nodes: Uint32Array,
): Float32Array<ArrayBuffer> {
  const rows = new Float32Array(nodes.length * width);
  for (let k = 0; k < nodes.length; k++) {
    for (let c = 0; c < width; c++) rows[k * width + c] = values[nodes[k] * width + c];
  }
  return rows;
}

/**
 * Checks that a graph was cut into as many parts as a stage has ranks.
 *
 * @param action The verb of the stage, for the error.
 * @throws {UserError} If the two numbers differ.
 */
export function checkRanks(
  action: string,
  graph: Pick<GraphRow, "ranks">,
  ranks: number,
): void {
  if (graph.ranks === ranks) return;
  throw new UserError(
    `Cannot ${action}: ranks and parts must be the same number, received ${ranks} ranks and ` +
      `${graph.ranks} parts; set both, or use --ranks`,
  );
}
