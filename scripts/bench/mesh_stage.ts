/** Gives each rank its part of a synthetic mesh of any size. @module */

import { z } from "zod";
import { defineStage } from "../../pipeline/engine/definition/stage.ts";
import { type LocalGraph, localGraphs } from "../../pipeline/graph/local_graph.ts";
import { partitionNodes } from "../../pipeline/graph/partition_nodes.ts";
import { radiusGraph } from "../../pipeline/graph/radius_graph.ts";
import { fillUniform, hash } from "../../pipeline/graph/random.ts";
import { graphBatch } from "../../pipeline/batches/graph_rows.ts";
import { GRAPH } from "../../pipeline/batches/batch_schemas.ts";

/**
 * Nodes within the radius of a node, in units of the edges it gets: at a straight border half of
 * them are left.
 */
const CANDIDATES_PER_EDGE = 3;

const meshOptions = z.strictObject({
  nodes: z.int().min(1),
  /** Edges per receiver; a few nodes in the corners may get less. */
  edges: z.int().min(1),
  dimensions: z.int().min(1).max(3),
  parts: z.int().min(1),
  seed: z.int().min(0).default(0),
});

export default defineStage({
  name: "bench_mesh",
  description: "Draws a mesh of jittered lattice points and a random radius graph on all of them.",
  options: meshOptions,
  inputs: [],
  output: GRAPH,
  routeByRank: true,
  async *run({ options, beat }) {
    const { nodes: nodeCount, dimensions, seed } = options;
    const position = jitteredLattice(nodeCount, dimensions, seed);
    const inputNames = Array.from({ length: dimensions + 1 }, (_, k) => `input${k}`);
    const fields = {
      rule: {
        edges: "radius" as const,
        radius: graphRadius(options),
        maxEdges: options.edges,
        sampledNodes: 0,
      },
      index: 0,
      id: "mesh",
      step: 0,
      steps: 1,
      epoch: 0,
      round: 0,
      rounds: 1,
      input: withField(position, dimensions, seed),
      inputNames,
      target: fillUniform(hash(seed, "target"), new Float32Array(nodeCount)),
      targetNames: ["target"],
      units: Array<string>(dimensions + 2).fill(""),
    };
    const parts = cutMesh(position, options, beat);
    // A part is forgotten once it is sent.
    for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
      yield graphBatch(part, fields);
    }
  },
});

/** The radius within which a node of unit density has candidates enough. */
export function graphRadius(
  { nodes, edges, dimensions }: Pick<z.infer<typeof meshOptions>, "nodes" | "edges" | "dimensions">,
): number {
  const volume = CANDIDATES_PER_EDGE * edges / nodes;
  return (volume / [2, Math.PI, 4 * Math.PI / 3][dimensions - 1]) ** (1 / dimensions);
}

function cutMesh(
  position: Float32Array,
  options: z.infer<typeof meshOptions>,
  beat: () => void,
): LocalGraph[] {
  const { dimensions, parts, seed } = options;
  const graph = radiusGraph(position, dimensions, {
    radius: graphRadius(options),
    maxEdges: options.edges,
    seed,
    epoch: 0,
    mesh: "bench",
    beat,
  });
  return localGraphs(graph, partitionNodes(position, dimensions, parts), parts);
}

/**
 * Nodes in the cells of a lattice, one in each at random, numbered row by row as meshes are
 * `[N, D]`. O(N).
 */
export function jitteredLattice(nodeCount: number, dimensions: number, seed: number): Float32Array {
  const position = fillUniform(hash(seed, "position"), new Float32Array(nodeCount * dimensions));
  let side = Math.round(nodeCount ** (1 / dimensions));
  if (side ** dimensions < nodeCount) side++;
  for (let node = 0; node < nodeCount; node++) {
    let cell = node;
    for (let axis = dimensions - 1; axis >= 0; axis--) {
      position[node * dimensions + axis] = (position[node * dimensions + axis] + cell % side) /
        side;
      cell = Math.floor(cell / side);
    }
  }
  return position;
}

/** Positions and one random value per node `[N, D + 1]`. */
function withField(position: Float32Array, dimensions: number, seed: number): Float32Array {
  const nodeCount = position.length / dimensions;
  const field = fillUniform(hash(seed, "field"), new Float32Array(nodeCount));
  const input = new Float32Array(nodeCount * (dimensions + 1));
  for (let node = 0; node < nodeCount; node++) {
    const start = node * (dimensions + 1);
    for (let axis = 0; axis < dimensions; axis++) {
      input[start + axis] = position[node * dimensions + axis];
    }
    input[start + dimensions] = field[node];
  }
  return input;
}
