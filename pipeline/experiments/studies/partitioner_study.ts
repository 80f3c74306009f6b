/**
 * Study of the partitioners: edges between the parts, balance and bytes of each hop by method.
 *
 * @module
 */

import { basename } from "node:path";
import { UserError } from "../../../errors.ts";
import { openMeshStore } from "../../../io/mesh_store.ts";
import { overrideOptions } from "../../engine/definition/override_options.ts";
import type { PipelineSpec } from "../../engine/definition/spec.ts";
import type { Graph } from "../../graph/graph.ts";
import { checkHaloPlan, cutStatistics } from "../../graph/halo_plan.ts";
import { localGraphs } from "../../graph/local_graph.ts";
import { INSTALL_METIS, type Metis } from "../../graph/metis.ts";
import { partitionNodes } from "../../graph/partition_nodes.ts";
import { countOf, formatBytes, formatCount, formatPercent } from "../../../format.ts";
import { validPipeline } from "../../run/valid_pipeline.ts";
import { STAGES } from "../../stages/registry.ts";
import { trainOptions } from "../../training/train_options.ts";
import { firstGraphs } from "../../run/plan/first_graphs.ts";
import type { Preset, PresetChoice } from "../../presets/preset.ts";
import { seriesBy, type StudyColumn, type StudyReport } from "./study_report.ts";

const COLUMNS: readonly StudyColumn[] = [
  { name: "method", title: "method" },
  { name: "parts", title: "parts P", format: "count" },
  { name: "edgeCut", title: "edges cut", format: "percent" },
  { name: "nodeImbalance", title: "max / mean nodes" },
  { name: "edgeImbalance", title: "max / mean edges" },
  { name: "ghosts", title: "ghosts, all ranks", format: "count" },
  { name: "bytesPerHop", title: "bytes per hop, all ranks", format: "bytes" },
  {
    name: "mostBytesPerHop",
    title: "bytes per hop, busiest rank",
    format: "bytes",
    isDetail: true,
  },
  { name: "seconds", title: "time to cut", format: "seconds", isDetail: true },
];

/** A graph to cut, with the data that the methods use. */
export interface StudiedGraph {
  /** Name in the report. */
  readonly name: string;
  readonly graph: Graph;
  /** Node positions [N, D]. */
  readonly position: Float32Array;
  readonly dimensions: number;
  /** Whether the positions are only ranks in a breadth-first order. */
  readonly isOrder: boolean;
  /** Width of the latents that a hop sends. */
  readonly width: number;
}

/** Choice of the graph. */
export interface GraphChoice {
  readonly preset: Preset;
  readonly choice: PresetChoice;
  readonly changes: readonly string[];
  /** Sampled nodes. @default "all" */
  readonly nodes?: number | "all" | undefined;
}

/**
 * The first graph on which a preset would train, or the first graph of a store with given edges.
 *
 * @throws {UserError} If the store has no graph, or custom stages draw the graphs.
 */
export async function studiedGraph(
  { preset, choice, changes, nodes = "all" }: GraphChoice,
  signal: AbortSignal,
): Promise<StudiedGraph> {
  const store = await openMeshStore(choice.store);
  const { generator } = store.attributes;
  const isGiven = store.attributes.case === "graph";
  const spec = overrideOptions(
    isGiven
      ? givenPipeline(choice.store)
      : preset.build({ ...choice, ranks: 1, validation: false }),
    [...changes, `stages.graphs.with.nodes=${nodes}`],
  );
  const { pipeline } = await validPipeline(spec, { registry: STAGES });
  const drawn = await firstGraphs(pipeline, "graphs", 1, signal);
  const part = drawn?.graphs[0]?.parts[0];
  if (part === undefined) {
    throw new UserError(`Cannot study the cuts of "${choice.store}": the store has no graph`);
  }
  const { dimensions, offsets, senders, input, inputNames } = part;
  const nodeCount = part.interiorCount;
  const position = new Float32Array(nodeCount * dimensions);
  for (let node = 0; node < nodeCount; node++) {
    for (let axis = 0; axis < dimensions; axis++) {
      position[node * dimensions + axis] = input[node * inputNames.length + axis];
    }
  }
  return {
    name: isGiven ? basename(choice.store) : preset.title,
    graph: { nodeCount, offsets, senders },
    position,
    dimensions,
    isOrder: isGiven && (generator as { position?: unknown })?.position === "order",
    width: trainOptions.parse(spec.stages.model?.with ?? {}).width,
  };
}

/** Reads the given graphs of a store. */
function givenPipeline(store: string): PipelineSpec {
  return {
    name: "graph",
    stages: {
      meshes: { run: "load", with: { store, inputs: [], targets: [], cells: true } },
      subdomains: { run: "partition", from: "meshes" },
      graphs: { run: "sample", from: "subdomains", with: { edges: "given" } },
    },
  };
}

/** Cuts a graph by each method into each number of parts. */
export function studyPartitioners(
  studied: StudiedGraph,
  partCounts: readonly number[],
  metis: Metis | undefined,
  command: string,
): StudyReport {
  const methods = methodsOf(studied, metis);
  const rows = partCounts.flatMap((parts) =>
    Object.entries(methods).map(([method, cut]) => ({
      method,
      parts,
      ...cutFigures(studied, parts, cut),
    }))
  );
  const { name, graph } = studied;
  const series = (column: "edgeCut" | "bytesPerHop" | "edgeImbalance") =>
    seriesBy(rows, "method", String, ["parts", column]);
  const x = { label: "parts P", type: "log", ticks: partCounts, format: formatCount } as const;
  return {
    study: "partitioners",
    subject: name,
    command,
    columns: COLUMNS,
    rows,
    finding: finding(rows),
    figures: [
      {
        title: "Edges between the parts",
        x,
        y: { label: "of all edges", format: formatPercent },
        series: series("edgeCut"),
      },
      {
        title: "Bytes of each hop, all ranks",
        x,
        y: { label: "bytes", format: formatBytes },
        series: series("bytesPerHop"),
      },
      {
        title: "Balance",
        x,
        y: { label: "edges of the largest part / mean" },
        series: series("edgeImbalance"),
      },
    ],
    notes: [
      `${countOf(graph.nodeCount, "node")}, ${countOf(graph.senders.length, "edge")}. An edge is ` +
      "cut if another rank owns its sender; that node is then a ghost, and every hop sends its " +
      "latent forward and a gradient of the same size back.",
      "No edge is lost, as with an overlap of at least the radius: the cuts differ in cost, not " +
      "in results.",
      metis === undefined
        ? `METIS is missing because it is not installed: ${INSTALL_METIS}.`
        : "METIS (edges) minimises the edges between parts, METIS (ghosts) the ghosts; both cut " +
          "the graph, the others cut by coordinates or order.",
    ],
  };
}

type Cut = (parts: number) => Uint32Array;

function methodsOf(
  { graph, position, dimensions, isOrder }: StudiedGraph,
  metis: Metis | undefined,
): Record<string, Cut> {
  const { nodeCount } = graph;
  const byPosition = (method: "strips" | "bisection"): Cut => (parts) =>
    partitionNodes(position, dimensions, parts, { method });
  const methods: Record<string, Cut> = {
    "node numbers": (parts) =>
      Uint32Array.from({ length: nodeCount }, (_, node) => Math.floor(node * parts / nodeCount)),
  };
  // On a line, strips and bisection make the same cuts.
  methods[isOrder ? "breadth-first order" : "strips"] = byPosition("strips");
  if (!isOrder && dimensions > 1) methods["coordinate bisection"] = byPosition("bisection");
  if (metis !== undefined) {
    methods["METIS (edges)"] = (parts) => metis.partition(graph, parts, "cut");
    methods["METIS (ghosts)"] = (parts) => metis.partition(graph, parts, "volume");
  }
  return methods;
}

/** The costs of a cut. */
function cutFigures({ graph, width }: StudiedGraph, parts: number, cut: Cut) {
  const begin = performance.now();
  const owner = cut(parts);
  const seconds = (performance.now() - begin) / 1000;
  const locals = localGraphs(graph, owner, parts);
  checkHaloPlan(locals);
  const { edgeCut, nodeImbalance, edgeImbalance, ghostCounts } = cutStatistics(locals);
  const ghosts = ghostCounts.reduce((sum, count) => sum + count, 0);
  const bytes = width * Float32Array.BYTES_PER_ELEMENT;
  const sent = locals.map(({ sendNodes }) => sendNodes.length);
  return {
    edgeCut,
    nodeImbalance,
    edgeImbalance,
    ghosts,
    bytesPerHop: ghosts * bytes,
    mostBytesPerHop: Math.max(...sent) * bytes,
    seconds,
  };
}

/** The method with the fewest bytes in the most parts, next to coordinate bisection. */
function finding(
  rows: readonly {
    readonly method: string;
    readonly parts: number;
    readonly bytesPerHop: number;
  }[],
): string {
  const maxParts = Math.max(...rows.map(({ parts }) => parts));
  const last = rows.filter(({ parts }) => parts === maxParts);
  const best = last.reduce((best, row) => row.bytesPerHop < best.bytesPerHop ? row : best);
  const usual = last.findLast(({ method }) => !method.startsWith("METIS")) ?? best;
  const others = best === usual ? "" : `; ${usual.method} sends ${formatBytes(usual.bytesPerHop)}`;
  return `In ${countOf(maxParts, "part")}, ${best.method} sends the fewest bytes per hop, ` +
    `${formatBytes(best.bytesPerHop)}${others}.`;
}
