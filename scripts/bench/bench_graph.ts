/** `bench graph`: radius graphs, partitions and samples. @module */

import process from "node:process";
import { Command, Option } from "commander";
import { UserError } from "../../errors.ts";
import { localGraphs } from "../../pipeline/graph/local_graph.ts";
import { nearestGraph } from "../../pipeline/graph/nearest_graph.ts";
import { partitionNodes } from "../../pipeline/graph/partition_nodes.ts";
import { radiusGraph } from "../../pipeline/graph/radius_graph.ts";
import { fillNormal, fillUniform, hash } from "../../pipeline/graph/random.ts";
import { sampleNodes } from "../../pipeline/graph/sampling.ts";
import { addExamples, integerOption } from "../command/command_line.ts";
import { graphRadius } from "./mesh_stage.ts";
import { type Figure, medianMs, printFigures } from "./timing.ts";

interface GraphFlags {
  readonly nodes: readonly number[];
  readonly edges: number;
  readonly repeats: number;
  readonly json: boolean;
}

const PURPOSE = { seed: 0, epoch: 0, mesh: "bench" };
const PARTS = 8;
const SAMPLE_SHARE = 0.1;
/**
 * Balls of this radius, in units of the mesh, hold most of the nodes near the centre of a graded
 * mesh.
 */
const GRADED_RADIUS = 0.05;

/** The command. */
export const graph: Command = new Command("graph")
  .description(
    "Radius graph, nearest neighbours, partition, local graphs and sampling, on uniform and " +
      "graded meshes in 2-D and 3-D.",
  )
  .addOption(
    new Option("--nodes <counts>", "nodes of the meshes, separated by commas")
      .argParser(parseCounts).default([1e4, 1e5, 1e6], "10000,100000,1000000"),
  )
  .addOption(integerOption("--edges <n>", "maximum edges per node", 1, 10_000).default(32))
  .addOption(integerOption("--repeats <n>", "calls to measure, after one to warm up", 1).default(3))
  .option("--json", "print one JSON object", false)
  .action(async ({ nodes: sizes, edges, repeats, json }: GraphFlags) => {
    const figures: Figure[] = [];
    for (const nodes of sizes) {
      for (const dimensions of [2, 3]) {
        for (const density of ["uniform", "graded"] as const) {
          figures.push(...await measure({ nodes, dimensions, density, edges }, repeats));
        }
      }
    }
    const how =
      `Median of ${repeats} calls after one to warm up, of one call from 10^6 nodes on; ` +
      "CPU s: the least of " +
      "them, with the threads that compile and collect garbage. Uniform: a ball holds " +
      `${3 * edges} nodes. Graded: ` +
      `spacing varies by 10^4, balls of radius ${GRADED_RADIUS}. ${PARTS} parts, ` +
      `${100 * SAMPLE_SHARE} % of the nodes ` +
      `sampled.`;
    printFigures({ benchmark: "graph", how, figures }, json);
  });

addExamples(graph, "deno task bench graph", "deno task bench graph --nodes 67000 --edges 32");

function parseCounts(text: string): number[] {
  const counts = text.split(",").map(Number);
  if (counts.every((count) => Number.isSafeInteger(count) && count >= 1)) return counts;
  throw new UserError(
    `Cannot read --nodes: it must be counts such as 10000,100000, received "${text}"`,
  );
}

interface Setting {
  readonly nodes: number;
  readonly dimensions: number;
  readonly density: "uniform" | "graded";
  readonly edges: number;
}

async function measure(
  { nodes, dimensions, density, edges }: Setting,
  repeats: number,
): Promise<Figure[]> {
  const isGraded = density === "graded";
  const position = isGraded
    ? gradedPositions(nodes, dimensions)
    : uniformPositions(nodes, dimensions);
  const radius = isGraded ? GRADED_RADIUS : graphRadius({ nodes, edges, dimensions });
  const options = { radius, maxEdges: edges, ...PURPOSE };
  const whole = radiusGraph(position, dimensions, options);
  const owner = partitionNodes(position, dimensions, PARTS);
  const works: Readonly<Record<string, () => unknown>> = {
    "radius graph": () => radiusGraph(position, dimensions, options),
    "nearest neighbours": () => nearestGraph(position, dimensions, { maxEdges: edges }),
    "partition": () => partitionNodes(position, dimensions, PARTS),
    "local graphs": () => localGraphs(whole, owner, PARTS),
    "sample": () => sampleNodes(nodes, Math.ceil(SAMPLE_SHARE * nodes), PURPOSE),
  };
  const figures: Figure[] = [];
  const isLarge = nodes >= 1e6;
  for (const [work, run] of Object.entries(works)) {
    const name = `${work}, ${nodes.toLocaleString("en")} nodes, ${dimensions}-D, ${density}`;
    let leastSeconds = Infinity;
    const time = await medianMs(isLarge ? 1 : repeats, () => {
      const start = process.cpuUsage();
      run();
      const { user, system } = process.cpuUsage(start);
      leastSeconds = Math.min(leastSeconds, (user + system) / 1e6);
    }, isLarge ? 0 : 1);
    const edgeRate = { "million edges/s": whole.senders.length / time / 1000 };
    const rates = {
      "CPU s": leastSeconds,
      "million nodes/s": nodes / time / 1000,
      ...(work === "radius graph" && edgeRate),
    };
    figures.push({ name, medianMs: time, rates });
  }
  return figures;
}

function uniformPositions(nodeCount: number, dimensions: number): Float32Array {
  return fillUniform(hash(0, "uniform"), new Float32Array(nodeCount * dimensions));
}

/**
 * Distances to the centre uniform in their logarithm over four powers of ten, as spacings around an
 * aerofoil.
 */
export function gradedPositions(nodeCount: number, dimensions: number): Float32Array {
  const position = fillNormal(hash(0, "direction"), new Float32Array(nodeCount * dimensions));
  const exponents = fillUniform(hash(0, "distance"), new Float64Array(nodeCount));
  for (let node = 0; node < nodeCount; node++) {
    const direction = position.subarray(node * dimensions, (node + 1) * dimensions);
    const scale = 10 ** (-4 * exponents[node]) / Math.hypot(...direction);
    for (let axis = 0; axis < dimensions; axis++) direction[axis] *= scale;
  }
  return position;
}
