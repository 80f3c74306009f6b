import assert from "node:assert/strict";
import { createCpuDevice } from "../../../kernels/cpu/cpu_device.ts";
import { type Graph, graphFromEdges, receiversOf } from "../../../pipeline/graph/graph.ts";
import { checkHaloPlan, cutStatistics } from "../../../pipeline/graph/halo_plan.ts";
import { localGraphs } from "../../../pipeline/graph/local_graph.ts";
import { loadMetis, type MetisObjective } from "../../../pipeline/graph/metis.ts";
import { ParameterLayout } from "../../../pipeline/model/parameters.ts";
import { readCaseFile } from "../../../pipeline/training/case_file.ts";
import { casePath } from "../../support/case_files.ts";
import { assertExact } from "../../support/exactness.ts";
import { computeAlone, computeOnRanks, expectationOf, sampleOfCase } from "../../support/sample.ts";

const metis = loadMetis();
const ignore = metis === undefined;

/**
 * A grid of side × side nodes, each with an edge to the right and one up: one edge per pair of
 * neighbours.
 */
function grid(side: number): Graph {
  const nodes = Array.from({ length: side * side }, (_, node) => node);
  const right = nodes.filter((node) => node % side < side - 1),
    up = nodes.filter((node) => node < side * (side - 1));
  const receivers = [...right.map((node) => node + 1), ...up.map((node) => node + side)];
  return graphFromEdges(side * side, [...right, ...up], receivers);
}

for (const objective of ["cut", "volume"] satisfies MetisObjective[]) {
  Deno.test(
    { name: `Metis.partition() quarters a grid near the best ${objective}`, ignore },
    () => {
      const side = 32, graph = grid(side), owner = metis!.partition(graph, 4, objective);
      const { edgeCut, interiorCounts } = cutStatistics(localGraphs(graph, owner, 4));
      const cut = edgeCut * graph.senders.length;
      // Two straight lines cut 2 · 32 edges, slices 3 · 32.
      assert.ok(cut >= 2 * side - 8 && cut < 1.35 * 2 * side, `${cut}`);
      assert.ok(
        interiorCounts.every((count) => count > 0.96 * 256 && count < 1.04 * 256),
        `${interiorCounts}`,
      );
      assert.deepEqual(metis!.partition(graph, 4, objective), owner);
    },
  );
}

Deno.test(
  {
    name: "Metis.partition() accepts self-edges, repeated edges, and more parts than nodes",
    ignore,
  },
  () => {
    // Two triangles with an edge between them.
    const graph = graphFromEdges(6, [0, 1, 2, 0, 0, 3, 4, 5, 2], [1, 2, 0, 0, 1, 4, 5, 3, 3]);
    const owner = metis!.partition(graph, 2);
    assert.deepEqual([...owner].map((part) => part === owner[0]), [
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
    assert.deepEqual([...metis!.partition(graph, 1)], [0, 0, 0, 0, 0, 0]);
    assert.deepEqual([...metis!.partition(graph, 9)], [0, 1, 2, 3, 4, 5]);
    assert.throws(() => metis!.partition(graph, 0), /parts must be an integer >= 1, received 0/);
  },
);

Deno.test({
  name: "Metis.partition() counts neighbours once, whatever the number of edges between them",
  ignore,
}, () => {
  const side = 32;
  const { nodeCount, offsets, senders } = grid(side);
  const receivers = receiversOf({ offsets });
  // Edges across the middle, where the best cut is.
  const repeated = [...receivers.keys()].filter((e) =>
    senders[e] % side === side / 2 - 1 && receivers[e] === senders[e] + 1
  );
  assert.equal(repeated.length, side);
  const graph = graphFromEdges(
    nodeCount,
    [...senders, ...repeated.flatMap((e) => [senders[e], senders[e]])],
    [...receivers, ...repeated.flatMap((e) => [receivers[e], receivers[e]])],
  );
  assert.deepEqual(
    metis!.partition(graph, 4),
    metis!.partition({ nodeCount, offsets, senders }, 4),
  );
});

Deno.test(
  { name: "ranks of a METIS partition of a scale-free graph equal one rank", ignore },
  async () => {
    const file = await readCaseFile(casePath("scale_free"));
    const sample = sampleOfCase(file);
    const device = createCpuDevice();
    const layout = new ParameterLayout(file.config);
    const alone = await computeAlone(device, sample);
    for (const ranks of [2, 3]) {
      const owner = metis!.partition(sample.graph, ranks);
      checkHaloPlan(localGraphs(sample.graph, owner, ranks));
      const computed = await computeOnRanks(device, sample, owner, ranks);
      assertExact(computed, alone, layout, file.adam.learningRate);
      assertExact(computed, expectationOf(file), layout, file.adam.learningRate);
    }
  },
);
