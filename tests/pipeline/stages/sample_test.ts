import assert from "node:assert/strict";
import {
  createRecordBatch,
  encodeRecordBatch,
  type RecordBatch,
} from "../../../io/record_batch.ts";
import { MESH } from "../../../pipeline/batches/batch_schemas.ts";
import { cellColumns } from "../../../pipeline/batches/cell_columns.ts";
import { checkHaloPlan } from "../../../pipeline/graph/halo_plan.ts";
import { type GraphRow, readGraph } from "../../../pipeline/batches/graph_rows.ts";
import partition from "../../../pipeline/stages/partition.ts";
import sample from "../../../pipeline/stages/sample.ts";
import { runStage, runStageIn, warningsOf } from "../../support/run_stage.ts";
import { inTemporaryDirectory } from "../../support/temporary_directory.ts";
import { meshBatch } from "./meshes.ts";

const MESHES = [meshBatch("a", 90, 0, 2), meshBatch("b", 40, 1, 2)];
const OPTIONS = { nodes: 50, radius: 0.4, maxEdges: 7, epochs: 2, seed: 3 };

/** The graphs of the stage by step, each as the parts of its ranks. */
async function draw(
  options: Readonly<Record<string, unknown>>,
  parts: number,
  overlap?: number,
  meshes: readonly RecordBatch[] = MESHES,
): Promise<GraphRow[][]> {
  const order = options.draw === "stratified";
  const subdomains = await runStage(partition, { parts, overlap, order }, meshes);
  const rows = (await runStage(sample, { ...OPTIONS, ...options }, subdomains)).map(readGraph);
  return rows.reduce<GraphRow[][]>((graphs, row) => {
    if (row.rank === 0) graphs.push([]);
    graphs[graphs.length - 1].push(row);
    return graphs;
  }, []);
}

/** Edges of a graph with node numbers of the mesh, sorted by receiver. */
function edgesOf(parts: readonly GraphRow[]): string[] {
  return parts.flatMap(({ interiorCount, nodes, offsets, senders }) =>
    Array.from({ length: interiorCount }, (_, i) => ({
      receiver: nodes[i],
      senders: [...senders.subarray(offsets[i], offsets[i + 1])].map((sender) => nodes[sender]),
    }))
  ).sort((a, b) => a.receiver - b.receiver).map(({ receiver, senders }) =>
    `${senders} > ${receiver}`
  );
}

Deno.test("sample draws the same graphs for any number of ranks, and every time", async () => {
  const drawn: string[][][] = [];
  for (const options of [{}, { draw: "stratified" }]) {
    const expected = (await draw(options, 1)).map(edgesOf);
    assert.deepEqual((await draw(options, 1)).map(edgesOf), expected);
    for (const parts of [2, 3, 4]) {
      const graphs = await draw(options, parts);
      for (const locals of graphs) {
        assert.deepEqual(
          locals.map(({ rank, ranks }) => [rank, ranks]),
          locals.map((_, rank) => [rank, parts]),
        );
        checkHaloPlan(locals);
      }
      assert.deepEqual(graphs.map(edgesOf), expected, `${parts} ranks`);
    }
    drawn.push(expected);
  }
  assert.notDeepEqual(drawn[0], drawn[1]);
});

Deno.test("sample needs the order of the nodes for stratified draws", async () => {
  const subdomains = await runStage(partition, {}, MESHES);
  for (const options of [{ draw: "stratified" }, { edgeDraw: "stratified" }]) {
    await assert.rejects(runStage(sample, { ...OPTIONS, ...options }, subdomains), {
      name: "UserError",
      message: /^Cannot draw stratified samples: .* option order of the stage partition$/,
    });
  }
});

Deno.test(
  "sample visits every mesh in every epoch, with new nodes and in keyed " + "order",
  async () => {
    const graphs = (await draw({ epochs: 6 }, 1)).flat();
    assert.deepEqual(
      graphs.map(({ step, steps }) => [step, steps]),
      graphs.map((_, step) => [step, 12]),
    );
    const orders = [0, 1, 2, 3, 4, 5].map((epoch) =>
      graphs.slice(2 * epoch, 2 * epoch + 2).map(({ id }) => id)
    );
    for (const order of orders) assert.deepEqual(order.toSorted(), ["a", "b"]);
    assert.equal(new Set(orders.map(String)).size, 2, "both orders occur in six epochs");
    const nodesOfA = graphs.filter(({ id }) => id === "a").map(({ nodes }) => nodes);
    assert.ok(nodesOfA.every(({ length }) => length === 50));
    assert.equal(new Set(nodesOfA.map(String)).size, 6, "each epoch has its own nodes");
    // b has fewer nodes than are sampled: all of them, in every epoch.
    for (const { id, nodes } of graphs) {
      if (id === "b") assert.deepEqual([...nodes], [...Array(40).keys()]);
    }
    assert.notDeepEqual(
      (await draw({ seed: 4 }, 1)).map(edgesOf),
      (await draw({}, 1)).map(edgesOf),
    );
  },
);

Deno.test(
  "sample gives each rank the input of all its nodes and the target of its " + "own",
  async () => {
    for (
      const { id, interiorCount, ghostCount, nodes, input, target, counted } of (await draw({}, 3))
        .flat()
    ) {
      const mesh = MESHES.find((batch) => batch.value("id", 0) === id)!;
      const meshInput = mesh.list("input", 0);
      const meshTarget = mesh.list("target", 0);
      assert.equal(nodes.length, interiorCount + ghostCount);
      assert.deepEqual(
        [...input],
        [...nodes].flatMap((node) => [...meshInput.subarray(3 * node, 3 * node + 3)]),
      );
      assert.deepEqual(
        [...target],
        [...nodes.subarray(0, interiorCount)].map((node) => meshTarget[node]),
      );
      assert.deepEqual([...counted], Array(interiorCount).fill(1));
    }
  },
);

Deno.test(
  "sample covers every node exactly once per round, in groups of about equal " + "size",
  async () => {
    const graphs = await draw({ mode: "cover", nodes: 25, rounds: 3 }, 2, undefined, [MESHES[0]]);
    assert.equal(graphs.length, 3 * 4);
    for (const round of [0, 1, 2]) {
      const groups = graphs.filter(([{ round: of }]) => of === round).map((locals) =>
        locals.flatMap(({ nodes, interiorCount }) => [...nodes.subarray(0, interiorCount)])
      );
      assert.deepEqual(groups.flat().sort((a, b) => a - b), [...Array(90).keys()]);
      assert.deepEqual(groups.map(({ length }) => length).sort(), [22, 22, 23, 23]);
    }
  },
);

Deno.test(
  "sample retains every edge with an overlap of the radius, and counts what a " +
    "shorter one drops",
  async () => {
    const whole = (await draw({}, 1)).map(edgesOf);
    assert.deepEqual((await draw({}, 3, OPTIONS.radius)).map(edgesOf), whole);
    const edges = (graphs: GraphRow[][]) =>
      graphs.flat().reduce((sum, { senders }) => sum + senders.length, 0);
    const dropped = (graphs: GraphRow[][]) =>
      graphs.flat().reduce((sum, row) => sum + row.droppedEdges, 0);
    const all = await draw({}, 3);
    const some = await draw({}, 3, 0.1);
    const none = await draw({}, 3, 0);
    assert.equal(dropped(all), 0);
    assert.ok(dropped(some) > 0 && dropped(none) > dropped(some));
    for (const graphs of [some, none]) assert.equal(edges(graphs) + dropped(graphs), edges(all));
  },
);

Deno.test(
  "sample connects nearest neighbours, the same for any number of ranks, and cuts beyond the " +
    "overlap",
  async () => {
    const nearest = { edges: "nearest", radius: undefined };
    const whole = await draw(nearest, 1);
    for (const [{ rule, offsets }] of whole) {
      assert.deepEqual([rule.edges, rule.radius, rule.maxEdges], ["nearest", 0, 7]);
      for (let node = 1; node < offsets.length; node++) {
        assert.equal(offsets[node] - offsets[node - 1], 7);
      }
    }
    for (const parts of [2, 3, 4]) {
      const graphs = await draw(nearest, parts);
      for (const locals of graphs) checkHaloPlan(locals);
      assert.deepEqual(graphs.map(edgesOf), whole.map(edgesOf), `${parts} ranks`);
    }
    const edges = (graphs: GraphRow[][]) =>
      graphs.flat().reduce((sum, { senders }) => sum + senders.length, 0);
    const cut = await draw(nearest, 3, 0.05);
    const dropped = cut.flat().reduce((sum, row) => sum + row.droppedEdges, 0);
    assert.ok(dropped > 0);
    assert.equal(edges(cut) + dropped, edges(whole));
    assert.ok(
      edges(await draw({ ...nearest, radius: 0.1, allowDisconnected: true }, 1)) < edges(whole),
      "a radius bounds the edges",
    );
  },
);

Deno.test("sample requires a radius for the edges 'radius'", () => {
  const { options } = sample;
  assert.ok(options.safeParse({ edges: "nearest" }).success);
  const { error } = options.safeParse({ nodes: 5 });
  assert.deepEqual(error?.issues.map(({ path }) => path), [["radius"]]);
});

Deno.test("sample uses all nodes of a mesh if they are not limited", async () => {
  const [[whole]] = await draw({ nodes: "all" }, 1, undefined, [MESHES[0]]);
  assert.equal(whole.nodes.length, 90);
  assert.deepEqual(whole.rule, {
    edges: "radius",
    radius: 0.4,
    maxEdges: 7,
    sampledNodes: 0,
    draw: undefined,
  });
});

Deno.test(
  "sample draws the same graphs, bit for bit, whatever the limit of meshes in " + "memory",
  async () => {
    await inTemporaryDirectory(async (directory) => {
      const meshes = Array.from(
        { length: 5 },
        (_, index) => meshBatch(`m${index}`, 60 + index, index, 5),
      );
      const subdomains = await runStage(partition, { parts: 2 }, meshes);
      const graphs = async (keptMeshMiB: number) =>
        (await runStageIn(directory, sample, { ...OPTIONS, keptMeshMiB }, subdomains)).map(
          encodeRecordBatch,
        );
      const expected = await graphs(1024);
      assert.equal(expected.length, 2 * 5 * 2);
      const twoMeshes = 2.5 * subdomains[0].byteLength / 2 ** 20;
      for (const bound of [twoMeshes, 0]) assert.deepEqual(await graphs(bound), expected);
      assert.deepEqual([...Deno.readDirSync(directory)], []);
      // Without a place for the others, it fails and draws no graph of the first two alone.
      const missing = runStageIn(
        `${directory}/none`,
        sample,
        { ...OPTIONS, keptMeshMiB: twoMeshes },
        subdomains,
      );
      await assert.rejects(missing, {
        name: "DataError",
        message: /^Cannot write ".*none.spilled.partial"/,
      });
    });
  },
);

Deno.test("sample refuses graphs that are not joined, beyond the parts of their mesh", async () => {
  // Two rows of ten nodes, a spacing of 33, a gap of 1000.
  const position = Float32Array.from({ length: 40 }, (_, k) => {
    const node = k >> 1;
    return k % 2 === 0 ? 33 * (node % 10) : 1000 * Math.floor(node / 10);
  });
  const lines = [...Array(18).keys()].map((k) => k < 9 ? [k, k + 1] : [k + 1, k + 2]);
  const mesh = (cells?: ReturnType<typeof cellColumns>) => {
    const row = meshBatch("rows", 20).row(0);
    return createRecordBatch(MESH, [{ ...row, position, ...cells }]);
  };
  const cells = cellColumns({
    connectivity: Uint32Array.from(lines.flat()),
    offsets: Uint32Array.from({ length: 19 }, (_, k) => 2 * k),
    types: new Uint8Array(18).fill(3),
  });
  const all = { nodes: "all", epochs: 1, seed: 0 };
  const drawOn = async (options: object, ...meshes: RecordBatch[]) => {
    const subdomains = await runStage(partition, {}, meshes);
    return (await runStage(sample, { ...all, ...options }, subdomains)).length;
  };
  await assert.rejects(drawOn({ radius: 0.2 }, mesh()), {
    name: "UserError",
    message: /sample "rows": .* none of its 20 nodes has an edge within 0\.2; median spacing 33: a/,
  });
  await assert.rejects(
    drawOn({ radius: 40 }, mesh()),
    /form 2 separate parts, the largest with 10 nodes within 40; .* radius of \d{4} gives 1\d neighb/,
  );
  assert.equal(await drawOn({ radius: 40, allowDisconnected: true }, mesh()), 1);
  assert.equal(await drawOn({ radius: 40, mode: "cover" }, mesh()), 1);
  // The rows are parts of the mesh; within a row, all must be joined.
  assert.equal(await drawOn({ radius: 40 }, mesh(cells)), 1);
  await assert.rejects(drawOn({ radius: 20 }, mesh(cells)), /none of its 20 nodes has an edge/);
  await assert.rejects(drawOn({ edges: "nearest", maxEdges: 2 }, mesh()), /with 2 nearest nodes/);
});

Deno.test("sample weighs the nodes at which an input is near 0, on any ranks", async () => {
  const emphasis = { input: "coefficient", within: 0.3, weight: 8 };
  const meshes = MESHES.map((mesh) =>
    createRecordBatch(MESH, [{
      ...mesh.row(0),
      // True values are less than those stored; the first node has no target.
      valueOffset: Float64Array.of(0, 0, -0.5, 0),
      known: new Float32Array(mesh.list("position", 0, "float32").length / 2).fill(1).fill(0, 0, 1),
    }])
  );
  for (const parts of [1, 3]) {
    for (const graph of await draw({ emphasis }, parts, undefined, meshes)) {
      for (const { nodes, interiorCount, input, counted } of graph) {
        const expected = Array.from(nodes.subarray(0, interiorCount), (node, k) => {
          const isNear = Math.abs(input[3 * k + 2] - 0.5) <= emphasis.within;
          return node === 0 ? 0 : isNear ? 8 : 1;
        });
        assert.deepEqual([...counted], expected);
      }
    }
    const graphs = (await draw({ emphasis }, parts, undefined, meshes)).flat();
    assert.deepEqual(
      [...new Set(graphs.flatMap(({ counted }) => [...counted]))].sort(),
      [0, 1, 8],
    );
  }
  // A cover is for prediction.
  for (const graph of await draw({ emphasis, mode: "cover" }, 1)) {
    assert.ok(graph[0].counted.every((weight) => weight === 1));
  }
  await assert.rejects(
    draw({ emphasis: { ...emphasis, input: "distance" } }, 1),
    /emphasis needs an input "distance", the data have x, y, coefficient/,
  );
  const subdomains = await runStage(partition, { parts: 1 }, MESHES);
  const none = { ...OPTIONS, emphasis: { ...emphasis, within: 0 } };
  assert.deepEqual(await warningsOf(sample, none, subdomains), [
    `Sample "a" has no node to emphasise: none has coefficient within 0 of 0`,
  ]);
});
