/** Draws nodes and edges of every mesh, and cuts the graphs into parts. @module */

import { z } from "zod";
import { UserError } from "../../errors.ts";
import { SpilledBatches } from "../../io/spilled_batches.ts";
import type { RecordBatch } from "../../io/record_batch.ts";
import { defineStage } from "../engine/definition/stage.ts";
import { connectivityOf, meshParts } from "../graph/connectivity.ts";
import type { Graph } from "../graph/graph.ts";
import { disconnection, suggestedRadius } from "../graph/graph_refusal.ts";
import { localGraphs } from "../graph/local_graph.ts";
import { hash, keyedPermutation } from "../graph/random.ts";
import { stratifiedNodes } from "../graph/stratified_sampling.ts";
import { sampleNodes } from "../graph/sampling.ts";
import { subdomainBoxes } from "../graph/subdomain_boxes.ts";
import { coverMesh } from "../prediction/cover.ts";
import { groupGraph } from "../prediction/group_graph.ts";
import { cellsOf } from "../batches/cell_columns.ts";
import { givenGraph } from "../batches/given_graph.ts";
import { gatherRows, GIVEN_GRAPH, graphBatch, type GraphFields } from "../batches/graph_rows.ts";
import { type Emphasis, hasEmphasis, lossWeights } from "../batches/loss_weights.ts";
import { keptMeshMiB } from "../batches/mesh_memory.ts";
import { GRAPH, SUBDOMAINS } from "../batches/batch_schemas.ts";

const options = z.strictObject({
  nodes: z.union([z.int().min(1), z.literal("all")]).default("all").describe(
    "Number of nodes s to sample from a mesh; in a cover, the largest size of a group.",
  ),
  edges: z.enum(["radius", "nearest", "given"]).default("radius").describe(
    "Senders of the edges that a node receives: up to `maxEdges` nodes drawn within `radius`, " +
      "its `maxEdges` nearest nodes (within `radius`, if set), or those given by the line cells " +
      "of the mesh.",
  ),
  radius: z.number().positive().optional().meta({
    description: "Length of the longest edge; required for the edges `radius`.",
    unit: "units of the positions",
    absent: "no bound",
  }),
  maxEdges: z.int().min(1).default(64).describe(
    "Largest number of edges n_e that a node receives, or k of the k nearest nodes; no bound on " +
      "given edges.",
  ),
  draw: z.enum(["uniform", "stratified"]).optional().meta({
    description: "Draw of nodes and groups: each node at random, or `stratified`, as many from " +
      "every part of the mesh as it has there, which is less noisy.",
    absent: "`uniform`",
  }),
  edgeDraw: z.enum(["uniform", "stratified"]).optional().meta({
    description: "Draw of the edges `radius` where there are more than `maxEdges` neighbours.",
    absent: "as `draw`",
  }),
  mode: z.enum(["epochs", "cover"]).default("epochs").describe(
    "For training, `epochs` draws one new graph per mesh and epoch, with the meshes in a new " +
      "order; for prediction, `cover` draws groups that hold every node of a mesh once per round.",
  ),
  epochs: z.int().min(1).default(1).describe("Number of passes over the meshes, in mode `epochs`."),
  rounds: z.int().min(1).default(1).describe(
    "Number of covers of each mesh, in mode `cover`; their predictions are averaged.",
  ),
  firstStep: z.int().min(0).default(0).describe(
    "First graph of the epochs to draw, set when a training resumes from a checkpoint.",
  ),
  seed: z.int().min(0).default(0).describe(
    "Seed of the sampled nodes, the edges and the order of the meshes.",
  ),
  allowDisconnected: z.boolean().optional().meta({
    description:
      "Whether graphs may have isolated nodes or fall into separate parts, beyond those " +
      "of the mesh (known if its cells are loaded). A graph of all nodes must be joined; of " +
      "sampled nodes, 3 or 2 % may be isolated, and the largest part must hold 90 %.",
    absent: "refused in the first epoch, a warning in mode `cover`",
  }),
  emphasis: z.strictObject({
    input: z.string().describe("Name of an input value, such as `distance`."),
    within: z.number().min(0).default(0).meta({
      description: "Largest absolute value of the input at these nodes.",
      unit: "unit of the input",
    }),
    weight: z.number().positive().max(1e6).describe(
      "Weight of their squared errors; that of the others is 1.",
    ),
  }).optional().meta({
    description:
      "Nodes that weigh more in the loss, in mode `epochs`: those on a wall, of which a " +
      "mesh has few and on which forces depend, have the distance 0.",
    absent: "all nodes weigh the same",
  }),
  keptMeshMiB,
}).refine(({ edges, radius }) => edges !== "radius" || radius !== undefined, {
  path: ["radius"],
  message: "expected number >0 for edges of a radius",
});

/** Options of the `sample` stage. */
export type SampleOptions = z.infer<typeof options>;

export default defineStage({
  name: "sample",
  description: "Draws nodes and edges of every mesh with keyed random numbers (Nyström sampling) " +
    "and cuts each graph into one part per rank.",
  options,
  inputs: [SUBDOMAINS],
  output: GRAPH,
  routeByRank: true,
  repeats: {},
  async *run({ inputs: [subdomains], options, directory, beat, progress, warn }) {
    let hasWarned = false;
    let hasWarnedOfEmphasis = false;
    const listener: Listener = {
      beat,
      progress,
      onNoEmphasis(id, { input, within }) {
        if (hasWarnedOfEmphasis) return;
        warn(`Sample "${id}" has no node to emphasise: none has ${input} within ${within} of 0`);
        hasWarnedOfEmphasis = true;
      },
      onDisconnected(id, epoch, reasonOf) {
        // A later sample of the same mesh is worse by chance only.
        const isAllowed = options.allowDisconnected ?? (options.mode === "cover" || epoch > 0);
        if (isAllowed && hasWarned) return;
        const reason = reasonOf();
        if (reason === undefined) return;
        if (!isAllowed) {
          throw new UserError(
            `Cannot draw graph of sample "${id}": its edges must join all nodes, ${reason}; or ` +
              "allow it with the option allowDisconnected",
          );
        }
        warn(`The graph of sample "${id}" is not joined: ${reason}`);
        hasWarned = true;
      },
    };
    if (options.mode === "cover") return yield* coverGraphs(subdomains, options, listener);
    // Every epoch reads all meshes.
    using meshes = new SpilledBatches(directory, options.keptMeshMiB * 2 ** 20);
    for await (const batch of subdomains) await meshes.add(batch);
    yield* epochGraphs(meshes, options, listener);
  },
});

interface Listener {
  /** Called many times a second while a graph is built. */
  beat(): void;
  /** Called for a mesh without nodes to which the emphasis applies. */
  onNoEmphasis(id: string, emphasis: Emphasis): void;
  progress(progress: { readonly done: number; readonly total: number }): void;
  /**
   * Called for a graph in several parts, which may be those of its mesh.
   *
   * @param reasonOf Why it cannot carry messages, with a remedy, which takes time; undefined if it
   * can.
   */
  onDisconnected(id: string, epoch: number, reasonOf: () => string | undefined): void;
}

/** The graphs of all epochs. */
async function* epochGraphs(
  meshes: SpilledBatches,
  options: SampleOptions,
  listener: Listener,
): AsyncGenerator<RecordBatch> {
  const steps = options.epochs * meshes.count;
  let step = 0;
  for (let epoch = 0; epoch < options.epochs; epoch++) {
    for (const k of keyedPermutation(meshes.count, hash(options.seed, "order", epoch))) {
      if (step < options.firstStep) {
        step++;
        continue;
      }
      const mesh = await meshes.read(k);
      const id = mesh.value("id", 0, "utf8");
      const nodeCount = mesh.list("owner", 0, "uint32").length;
      const count = options.nodes === "all" ? nodeCount : Math.min(options.nodes, nodeCount);
      const purpose = { seed: options.seed, epoch, mesh: id };
      const nodes = options.draw === "stratified"
        ? stratifiedNodes(ranksOf(mesh), Math.max(count, 1), purpose)
        : sampleNodes(nodeCount, Math.max(count, 1), purpose);
      const place = { epoch, step: step++, steps, round: 0, rounds: 1 };
      yield* partsOf(mesh, nodes, options, place, listener);
      listener.progress({ done: step, total: steps });
    }
  }
}

/** The graphs of the covers, mesh by mesh. */
async function* coverGraphs(
  subdomains: AsyncIterable<RecordBatch>,
  options: SampleOptions,
  listener: Listener,
): AsyncGenerator<RecordBatch> {
  const { seed, rounds, nodes: groupSize } = options;
  let done = 0;
  for await (const batch of subdomains) {
    const mesh = batch.value("id", 0, "utf8");
    const nodeCount = batch.list("owner", 0, "uint32").length;
    const ranks = options.draw === "stratified" ? ranksOf(batch) : undefined;
    const groups = coverMesh(nodeCount, { groupSize, rounds, seed, mesh, ranks });
    for (const [step, { round, nodes }] of groups.entries()) {
      const place = { epoch: round, step, steps: groups.length, round, rounds };
      yield* partsOf(batch, nodes, options, place, listener);
    }
    listener.progress({ done: ++done, total: batch.value("count", 0, "int32") });
  }
}

/**
 * Ranks of the nodes of a mesh in a spatial order.
 *
 * @throws {UserError} If the partition has not added them.
 */
function ranksOf(batch: RecordBatch): Uint32Array {
  const ranks = batch.list("order", 0, "uint32");
  if (ranks.length === batch.list("owner", 0, "uint32").length) return ranks;
  throw new UserError(
    "Cannot draw stratified samples: meshes need the order of their nodes; set the option order " +
      "of the stage partition",
  );
}

interface GraphPlace {
  readonly epoch: number;
  readonly step: number;
  readonly steps: number;
  readonly round: number;
  readonly rounds: number;
}

/** The parts of the graph of `nodes`, one batch per rank. */
function* partsOf(
  batch: RecordBatch,
  nodes: Uint32Array,
  options: SampleOptions,
  place: GraphPlace,
  { beat, onDisconnected, onNoEmphasis }: Listener,
): Generator<RecordBatch> {
  const { edges, radius = 0, maxEdges, seed, nodes: sampled } = options;
  const isStratified = edges === "radius" && (options.edgeDraw ?? options.draw) === "stratified";
  const draw = isStratified ? "stratified" : undefined;
  const dimensions = batch.value("dimensions", 0, "int32");
  const parts = batch.value("parts", 0, "int32");
  const id = batch.value("id", 0, "utf8");
  const overlap = batch.value("overlap", 0, "float64");
  const meshPosition = batch.list("position", 0, "float32");
  const meshOwner = batch.list("owner", 0, "uint32");
  const ranks = isStratified ? ranksOf(batch) : undefined;
  const mesh = { id, dimensions, position: meshPosition, ranks };
  const purpose = { seed, epoch: place.epoch };
  const graph: Graph = edges === "given"
    ? givenGraph(batch, nodes)
    : groupGraph(mesh, nodes, { edges, radius, maxEdges, draw }, purpose, beat);
  if (disconnection(connectivityOf(graph), nodes.length < meshOwner.length) !== undefined) {
    onDisconnected(id, place.epoch, () => disconnectionOf(graph, batch, nodes, options, beat));
  }
  const owner = nodes.map((node) => meshOwner[node]);
  const locals = localGraphs(
    graph,
    owner,
    parts,
    overlap < 0 ? {} : {
      overlap,
      position: gatherRows(meshPosition, dimensions, nodes),
      dimensions,
      boxes: subdomainBoxes(meshPosition, dimensions, meshOwner, parts),
    },
  );
  const emphasis = options.mode === "epochs" ? options.emphasis : undefined;
  if (emphasis !== undefined && place.epoch === 0 && !hasEmphasis(batch, emphasis)) {
    onNoEmphasis(id, emphasis);
  }
  const fields: GraphFields = {
    index: batch.value("index", 0, "int32"),
    id,
    ...place,
    rule: {
      ...(edges === "given" ? GIVEN_GRAPH : { edges, radius, maxEdges, draw }),
      sampledNodes: sampled === "all" ? 0 : sampled,
    },
    input: batch.list("input", 0, "float32"),
    inputNames: batch.texts("inputNames", 0),
    target: batch.list("target", 0, "float32"),
    targetNames: batch.texts("targetNames", 0),
    units: batch.texts("units", 0),
    dimensions,
    valueOffset: batch.list("valueOffset", 0, "float64"),
    counted: lossWeights(batch, emphasis),
  };
  for (const local of locals) yield graphBatch(local, fields, nodes);
}

/**
 * The reason why a graph cannot carry messages beyond the parts of its mesh, with a remedy;
 * undefined if it can.
 */
function disconnectionOf(
  graph: Graph,
  batch: RecordBatch,
  nodes: Uint32Array,
  { edges, radius, maxEdges }: SampleOptions,
  beat: () => void,
): string | undefined {
  const meshNodeCount = batch.list("owner", 0, "uint32").length;
  const isSample = nodes.length < meshNodeCount;
  const cells = cellsOf(batch);
  const joined = cells === undefined ? [] : meshParts(meshNodeCount, nodes, cells);
  const reason = disconnection(connectivityOf(graph, { joined }), isSample);
  if (reason === undefined) return undefined;
  if (edges === "given") return `${reason}; use all nodes, or a store with more edges`;
  const dimensions = batch.value("dimensions", 0, "int32");
  const position = gatherRows(batch.list("position", 0, "float32"), dimensions, nodes);
  const remedy = suggestedRadius(position, dimensions, { maxEdges, isSample, beat }) ??
    "use more edges or nodes";
  const rule = radius === undefined ? `with ${maxEdges} nearest nodes` : `within ${radius}`;
  return `${reason} ${rule}; ${remedy}`;
}
