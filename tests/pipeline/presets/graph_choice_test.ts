import assert from "node:assert/strict";
import { connectNodes } from "../../../pipeline/graph/edge_rule.ts";
import { hash, keyedUniform } from "../../../pipeline/graph/random.ts";
import { chooseGraph, type ProbedMesh } from "../../../pipeline/presets/graph_choice.ts";
import { DataError } from "../../../errors.ts";

/** Random nodes in a cube, with coordinates computed from those of the unit cube. */
function mesh(
  count: number,
  dimensions: number,
  place = (x: number, _axis: number): number => x,
): ProbedMesh {
  const key = hash(7, "test");
  const position = Float32Array.from(
    { length: count * dimensions },
    (_, k) => place(keyedUniform(key, k), k % dimensions),
  );
  return { id: "mesh", dimensions, position };
}

Deno.test("chooseGraph() gives the same graphs in any unit of length", () => {
  const metres = chooseGraph([mesh(1500, 2)], false);
  for (const unit of [1e-3, 1000]) {
    const other = chooseGraph([mesh(1500, 2, (x) => x * unit)], false);
    assert.ok(Math.abs(other.radius! / unit / metres.radius! - 1) < 1e-6, `${other.radius}`);
    const without = { radius: 0, spacing: 0, grading: 0 };
    assert.deepEqual({ ...other, ...without }, { ...metres, ...without });
  }
  assert.equal(metres.edges, "radius");
  assert.equal(metres.nodes, 400);
});

Deno.test("chooseGraph() chooses a radius with about twice as many neighbours as edges", () => {
  for (const dimensions of [1, 2, 3]) {
    const { candidates, maxEdges } = chooseGraph([mesh(1500, dimensions)], false);
    assert.ok(candidates >= 1.7 * maxEdges && candidates <= 2.6 * maxEdges, `${candidates}`);
  }
});

Deno.test("chooseGraph() samples no small meshes, and takes given edges", () => {
  assert.equal(chooseGraph([mesh(450, 2)], false).nodes, "all");
  assert.equal(chooseGraph([mesh(450, 2), mesh(600, 2)], false).nodes, 400);
  const { edges, nodes, radius } = chooseGraph([mesh(5000, 1)], true);
  assert.deepEqual([edges, nodes, radius], ["given", "all", undefined]);
});

Deno.test("chooseGraph() takes nearest nodes where the spacing is graded", () => {
  const layer = mesh(1500, 2, (x, axis) => axis === 1 ? 10 ** (-5 * x) : x);
  assert.equal(chooseGraph([layer], false).edges, "nearest");
  const fixed = chooseGraph([layer], false, { radius: 0.3, maxEdges: 4 });
  assert.deepEqual([fixed.edges, fixed.radius, fixed.maxEdges], ["radius", 0.3, 4]);
});

Deno.test("chooseGraph() grows the radius until a mesh of two clusters is connected", () => {
  const gap = 0.35;
  const clusters = mesh(400, 2, (x, axis) => axis === 0 && x > 0.5 ? x + gap : x);
  const { radius, maxEdges } = chooseGraph([clusters], false);
  assert.ok(radius! > gap, `${radius}`);
  const rule = { edges: "radius", radius: radius!, maxEdges } as const;
  const { offsets } = connectNodes(clusters.position, 2, rule, { seed: 0, epoch: 0, mesh: "mesh" });
  assert.ok(offsets.every((offset, k) => k === 0 || offset > offsets[k - 1]));
  // Farther apart, no radius would do, and a larger one costs more without need.
  const apart = mesh(400, 2, (x, axis) => axis === 0 && x > 0.5 ? x + 100 : x);
  const divided = chooseGraph([apart], false);
  assert.ok(divided.radius! < 0.5);
  assert.deepEqual([divided.isApart, chooseGraph([clusters], false).isApart], [true, false]);
});

Deno.test("chooseGraph() refuses meshes whose nodes are at one place", () => {
  assert.throws(
    () => chooseGraph([mesh(50, 2, () => 1)], false),
    (error) => error instanceof DataError && /at different places/.test(error.message),
  );
});
