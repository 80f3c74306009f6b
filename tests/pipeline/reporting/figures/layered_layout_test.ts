import assert from "node:assert/strict";
import fc from "fast-check";
import {
  layeredLayout,
  type LayoutNode,
} from "../../../../pipeline/reporting/figures/layered_layout.ts";

const sizes = { boxDepth: 100, boxBreadth: 50, gapDepth: 20, gapBreadth: 10 };

Deno.test("layeredLayout() puts a chain on one line", () => {
  const nodes = [{ name: "a", from: [] }, { name: "b", from: ["a"] }, { name: "c", from: ["b"] }];
  const { places, depth, breadth, layerCount, arrows } = layeredLayout(nodes, sizes);
  assert.deepEqual([...places.values()], [0, 120, 240].map((depth) => ({ depth, breadth: 0 })));
  assert.deepEqual([depth, breadth, layerCount], [340, 50, 3]);
  assert.deepEqual(arrows[0].points, [{ depth: 100, breadth: 25 }, { depth: 120, breadth: 25 }]);
});

Deno.test("layeredLayout() gives an arrow over a layer a passage beside its boxes", () => {
  const nodes = [{ name: "a", from: [] }, { name: "b", from: ["a"] }, {
    name: "c",
    from: ["b", "a"],
  }];
  const { places, arrows } = layeredLayout(nodes, sizes);
  const passing = arrows.find(({ from, to }) => from === "a" && to === "c");
  assert.equal(passing?.points.length, 4);
  const box = places.get("b") ?? { breadth: NaN };
  const passage = passing?.points[1].breadth ?? NaN;
  assert.ok(passage < box.breadth || passage > box.breadth + sizes.boxBreadth);
});

Deno.test("layeredLayout() puts a source right before its first reader", () => {
  const nodes = [
    { name: "meshes", from: [] },
    { name: "graphs", from: ["meshes"] },
    { name: "model", from: ["graphs"] },
    { name: "tests", from: [] },
    { name: "fields", from: ["model", "tests"] },
  ];
  const { places } = layeredLayout(nodes, sizes);
  assert.equal(places.get("tests")?.depth, places.get("model")?.depth);
});

Deno.test("layeredLayout() draws every arrow forward and no two boxes over each other", () => {
  const graph = fc.integer({ min: 1, max: 12 }).chain((count) =>
    fc.tuple(
      ...Array.from({ length: count }, (_, k) =>
        fc.subarray(Array.from({ length: k }, (_, j) => `s${j}`))),
    )
  );
  fc.assert(fc.property(graph, (sources) => {
    const nodes: LayoutNode[] = sources.map((from, k) => ({ name: `s${k}`, from }));
    const { places, arrows, depth, breadth } = layeredLayout(nodes, sizes);
    assert.equal(arrows.length, sources.flat().length);
    for (const { points } of arrows) {
      for (let k = 1; k < points.length; k++) assert.ok(points[k].depth > points[k - 1].depth);
    }
    const boxes = [...places.values()];
    for (const [k, a] of boxes.entries()) {
      assert.ok(
        a.breadth >= 0 && a.breadth + sizes.boxBreadth <= breadth &&
          a.depth + sizes.boxDepth <= depth,
      );
      for (const b of boxes.slice(k + 1)) {
        assert.ok(
          a.depth !== b.depth ||
            Math.abs(a.breadth - b.breadth) >= sizes.boxBreadth + sizes.gapBreadth,
        );
      }
    }
  }));
});

Deno.test("layeredLayout() rejects cycles and unknown names", () => {
  const cycle = [{ name: "a", from: ["b"] }, { name: "b", from: ["a"] }];
  assert.throws(() => layeredLayout(cycle, sizes), /received "a" on a cycle/);
  assert.throws(
    () => layeredLayout([{ name: "a", from: ["x"] }], sizes),
    /received "x" which is not among them/,
  );
});
