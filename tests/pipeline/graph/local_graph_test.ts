import assert from "node:assert/strict";
import fc from "fast-check";
import { type Graph, graphFromEdges, inDegrees } from "../../../pipeline/graph/graph.ts";
import { checkHaloPlan, cutStatistics } from "../../../pipeline/graph/halo_plan.ts";
import { type LocalGraph, localGraphs } from "../../../pipeline/graph/local_graph.ts";
import { fillNormal, hash } from "../../../pipeline/graph/random.ts";
import { subdomainBoxes } from "../../../pipeline/graph/subdomain_boxes.ts";
import { edgeLists } from "./arbitrary_edges.ts";

/** A graph and an owner of every node; some ranks may own nothing. */
function cuts(): fc.Arbitrary<{ graph: Graph; owner: Uint32Array; ranks: number }> {
  return fc.tuple(edgeLists(), fc.integer({ min: 1, max: 6 })).chain(([edges, ranks]) =>
    fc.array(fc.nat(ranks - 1), { minLength: edges.nodeCount, maxLength: edges.nodeCount }).map((
      owner,
    ) => ({
      graph: graphFromEdges(edges.nodeCount, edges.senders, edges.receivers),
      owner: Uint32Array.from(owner),
      ranks,
    }))
  );
}

/** Edges of a local graph in order, as "sender>receiver" in numbers of the complete graph. */
function globalEdges({ nodes, offsets, senders }: LocalGraph): string[] {
  const edges = [];
  for (let i = 0; i + 1 < offsets.length; i++) {
    for (let e = offsets[i]; e < offsets[i + 1]; e++) {
      edges.push(`${nodes[senders[e]]}>${nodes[i]}`);
    }
  }
  return edges;
}

Deno.test("localGraphs() assigns every edge to the owner of its receiver, in order", () => {
  fc.assert(fc.property(cuts(), ({ graph, owner, ranks }) => {
    const locals = localGraphs(graph, owner, ranks);
    assert.equal(locals.length, ranks);
    for (const local of locals) {
      const expected = [];
      for (let node = 0; node < graph.nodeCount; node++) {
        if (owner[node] !== local.rank) continue;
        for (let e = graph.offsets[node]; e < graph.offsets[node + 1]; e++) {
          expected.push(`${graph.senders[e]}>${node}`);
        }
      }
      assert.deepEqual(globalEdges(local), expected);
      assert.equal(local.droppedEdges, 0);
    }
  }));
});

Deno.test("localGraphs() numbers the interior first, then the ghosts by owner and number", () => {
  fc.assert(fc.property(cuts(), ({ graph, owner, ranks }) => {
    for (
      const { rank, nodes, interiorCount, ghostCount, ghostCounts, degrees } of localGraphs(
        graph,
        owner,
        ranks,
      )
    ) {
      const all = [...owner.keys()];
      const interior = all.filter((node) => owner[node] === rank);
      const ghosts = all.filter((node) =>
        owner[node] !== rank &&
        interior.some((i) =>
          graph.senders.subarray(graph.offsets[i], graph.offsets[i + 1]).includes(node)
        )
      ).sort((a, b) => owner[a] - owner[b] || a - b);
      assert.deepEqual([...nodes], [...interior, ...ghosts]);
      assert.deepEqual([interiorCount, ghostCount], [interior.length, ghosts.length]);
      for (let q = 0; q < ranks; q++) {
        assert.equal(ghostCounts[q], ghosts.filter((node) => owner[node] === q).length);
      }
      const whole = inDegrees(graph);
      assert.deepEqual([...degrees], [...nodes].map((node) => whole[node]));
    }
  }));
});

Deno.test("localGraphs() gives halo plans that match", () => {
  fc.assert(
    fc.property(
      cuts(),
      ({ graph, owner, ranks }) => checkHaloPlan(localGraphs(graph, owner, ranks)),
    ),
  );
});

Deno.test("checkHaloPlan() finds rows that are missing, swapped or not interior", () => {
  const graph = graphFromEdges(4, [0, 1, 2, 3], [2, 3, 0, 1]);
  const broken = (change: (locals: LocalGraph[]) => void) => () => {
    const locals = localGraphs(graph, Uint32Array.of(0, 0, 1, 1), 2);
    change(locals);
    checkHaloPlan(locals);
  };
  broken(() => {})();
  assert.throws(
    broken((locals) => locals[0].sendNodes.reverse()),
    /ghost order, rank 0 to rank 1, row 0/,
  );
  assert.throws(
    broken((locals) => locals[1].sendCounts[0]--),
    /rank 1 to rank 0, 1 rows for 2 ghosts/,
  );
  assert.throws(broken((locals) => locals[1].sendNodes[1] = 2), /only interior nodes may be sent/);
  assert.throws(broken((locals) => locals[1].ghostCounts[0]--), /ghost counts must add up/);
  assert.throws(broken((locals) => locals[1].nodes[0] = 0), /node 0 is interior on ranks 0 and 1/);
});

/** Copies the owners' rows to the ghosts along the plan: y = A x. */
function updateGhosts(
  locals: readonly LocalGraph[],
  interior: readonly Float64Array[],
  width: number,
): Float64Array[] {
  return locals.map(({ rank, ghostCount }) => {
    const rows: number[] = [];
    locals.forEach((sender, q) => {
      const first = sender.sendCounts.subarray(0, rank).reduce((sum, count) => sum + count, 0);
      for (const node of sender.sendNodes.subarray(first, first + sender.sendCounts[rank])) {
        rows.push(...interior[q].subarray(node * width, (node + 1) * width));
      }
    });
    assert.equal(rows.length, ghostCount * width);
    return Float64Array.from(rows);
  });
}

/** Adds the ghosts' rows to those of their owners, in rank order: x = A^T y. */
function accumulateGhosts(
  locals: readonly LocalGraph[],
  ghosts: readonly Float64Array[],
  width: number,
): Float64Array[] {
  return locals.map((owner) => {
    const sums = new Float64Array(owner.interiorCount * width);
    let next = 0;
    locals.forEach((receiver, q) => {
      const first = receiver.ghostCounts.subarray(0, owner.rank).reduce(
        (sum, count) => sum + count,
        0,
      );
      for (let row = 0; row < owner.sendCounts[q]; row++) {
        const node = owner.sendNodes[next++];
        for (let c = 0; c < width; c++) {
          sums[node * width + c] += ghosts[q][(first + row) * width + c];
        }
      }
    });
    return sums;
  });
}

Deno.test("the halo plan fills every ghost from its owner, and has an exact adjoint", () => {
  const width = 3;
  const dot = (a: readonly Float64Array[], b: readonly Float64Array[]) =>
    a.reduce((sum, part, p) => sum + part.reduce((s, value, k) => s + value * b[p][k], 0), 0);
  fc.assert(fc.property(cuts(), fc.nat(1000), ({ graph, owner, ranks }, seed) => {
    const locals = localGraphs(graph, owner, ranks);
    const named = updateGhosts(
      locals,
      locals.map((l) => Float64Array.from(l.nodes.subarray(0, l.interiorCount))),
      1,
    );
    named.forEach((numbers, p) =>
      assert.deepEqual([...numbers], [...locals[p].nodes.subarray(locals[p].interiorCount)])
    );

    const x = locals.map((l) =>
      fillNormal(hash(seed, "x", l.rank), new Float64Array(l.interiorCount * width))
    );
    const y = locals.map((l) =>
      fillNormal(hash(seed, "y", l.rank), new Float64Array(l.ghostCount * width))
    );
    const forward = dot(updateGhosts(locals, x, width), y);
    const backward = dot(x, accumulateGhosts(locals, y, width));
    // At most 60 edges of 3 normal numbers: float64 sums differ by a few units in the last place.
    assert.ok(Math.abs(forward - backward) < 1e-12, `${forward} against ${backward}`);
  }));
});

Deno.test("localGraphs() drops and counts the edges from beyond the overlap", () => {
  // Nodes at 0, 1, 2, 3 | 4, 5, 6, 7 on a line; all of the other half send to node 3 and to node 4.
  const graph = graphFromEdges(8, [4, 5, 6, 7, 3, 2, 1, 0, 2], [3, 3, 3, 3, 4, 4, 4, 4, 3]);
  const owner = Uint32Array.of(0, 0, 0, 0, 1, 1, 1, 1);
  const position = Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7);
  const [left, right] = localGraphs(graph, owner, 2, { overlap: 2, position, dimensions: 1 });
  assert.deepEqual(globalEdges(left), ["4>3", "5>3", "2>3"]);
  assert.deepEqual(globalEdges(right), ["3>4", "2>4"]);
  assert.deepEqual([left.droppedEdges, right.droppedEdges], [2, 2]);
  assert.deepEqual([...left.degrees], [0, 0, 0, 3, 2, 0]);
  assert.deepEqual([...right.degrees], [2, 0, 0, 0, 0, 3]);
  checkHaloPlan([left, right]);
  const none = localGraphs(graph, owner, 2, { overlap: 0, position, dimensions: 1 });
  assert.deepEqual(
    none.map((local) => [local.senders.length, local.ghostCount, local.droppedEdges]),
    [
      [1, 0, 4],
      [0, 0, 4],
    ],
  );
});

Deno.test("localGraphs() measures the overlap from the given boxes", () => {
  const graph = graphFromEdges(3, [2, 0], [1, 1]);
  const owner = Uint32Array.of(0, 0, 1);
  const position = Float32Array.of(0, 1, 3);
  const given = { overlap: 1, position, dimensions: 1 };
  assert.equal(localGraphs(graph, owner, 2, given)[0].droppedEdges, 1);
  const boxes = subdomainBoxes(Float32Array.of(0, 2, 3), 1, owner, 2);
  assert.equal(localGraphs(graph, owner, 2, { ...given, boxes })[0].droppedEdges, 0);
});

Deno.test("localGraphs() refuses invalid owners, ranks and overlaps", () => {
  const graph = graphFromEdges(2, [0], [1]);
  const owner = Uint32Array.of(0, 2);
  assert.throws(() => localGraphs(graph, owner, 2), {
    name: "RangeError",
    message: "Cannot cut graph: owners must be ranks 0 to 1, node 1 has owner 2",
  });
  assert.throws(() => localGraphs(graph, owner, 0), /ranks must be an integer >= 1, received 0/);
  assert.throws(() => localGraphs(graph, Uint32Array.of(0), 1), TypeError);
  const placed = { position: Float32Array.of(0, 1), dimensions: 1 };
  for (const overlap of [-1, NaN]) {
    assert.throws(() => localGraphs(graph, owner, 3, { overlap, ...placed }), {
      name: "RangeError",
      message: `Cannot cut graph: overlap must be >= 0, received ${overlap}`,
    });
  }
  assert.throws(() => localGraphs(graph, owner, 3, { overlap: 1 }), TypeError);
  assert.throws(
    () =>
      localGraphs(graph, owner, 3, {
        overlap: 1,
        ...placed,
        boxes: { low: placed.position, high: placed.position },
      }),
    /every rank needs a box, received 2 for 3 ranks/,
  );
});

Deno.test("cutStatistics() counts nodes, ghosts and edges per rank", () => {
  const graph = graphFromEdges(4, [0, 1, 2, 3, 0], [1, 2, 3, 3, 2]);
  assert.deepEqual(cutStatistics(localGraphs(graph, Uint32Array.of(0, 0, 1, 1), 2)), {
    interiorCounts: [2, 2],
    ghostCounts: [0, 2],
    edgeCounts: [1, 4],
    cutEdgeCounts: [0, 2],
    droppedEdgeCounts: [0, 0],
    edgeCut: 2 / 5,
    nodeImbalance: 1,
    edgeImbalance: 4 / 2.5,
  });
  const empty = cutStatistics(localGraphs(graphFromEdges(0, [], []), new Uint32Array(0), 2));
  assert.deepEqual([empty.edgeCut, empty.nodeImbalance, empty.edgeImbalance], [0, 1, 1]);
});
