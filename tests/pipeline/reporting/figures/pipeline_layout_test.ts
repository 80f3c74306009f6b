import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type Direction,
  pipelineLayout,
} from "../../../../pipeline/reporting/figures/pipeline_layout.ts";

const SIZE = { width: 100, height: 50 };
/** Coordinates are sums of halves of sizes. */
const ROUNDING = 1e-6;

Deno.test("pipelineLayout() puts a chain on one line", () => {
  const chain = [{ name: "a", from: [] }, { name: "b", from: ["a"] }, { name: "c", from: ["b"] }];
  const across = pipelineLayout(chain, SIZE, "across");
  assert.deepEqual([...across.boxes.values()], [0, 130, 260].map((x) => ({ x, y: 0 })));
  assert.deepEqual([across.width, across.height, across.layerCount], [360, 50, 3]);
  assert.deepEqual(across.arrows[0].points, [{ x: 100, y: 25 }, { x: 130, y: 25 }]);
  const down = pipelineLayout(chain, SIZE, "down");
  assert.deepEqual([...down.boxes.values()], [0, 86, 172].map((y) => ({ x: 0, y })));
  assert.deepEqual([down.width, down.height, down.layerCount], [100, 222, 3]);
});

Deno.test("pipelineLayout() routes an arrow that skips a layer past its boxes", () => {
  const stages = [
    { name: "a", from: [] },
    { name: "b", from: ["a"] },
    { name: "c", from: ["b", "a"] },
  ];
  const { boxes, arrows } = pipelineLayout(stages, SIZE, "across");
  const passing = arrows.find(({ from, points }) => from === "a" && points.length > 2)!;
  assert.equal(passing.points.length, 4);
  const box = boxes.get("b")!;
  const [, { x, y }] = passing.points;
  assert.equal(x, box.x);
  assert.ok(y < box.y || y > box.y + SIZE.height);
});

Deno.test("pipelineLayout() puts a source right before its first reader", () => {
  const stages = [
    { name: "meshes", from: [] },
    { name: "graphs", from: ["meshes"] },
    { name: "model", from: ["graphs"] },
    { name: "tests", from: [] },
    { name: "fields", from: ["model", "tests"] },
  ];
  const { boxes } = pipelineLayout(stages, SIZE, "across");
  assert.equal(boxes.get("tests")?.x, boxes.get("model")?.x);
});

Deno.test("pipelineLayout() draws every arrow forward and no two boxes over each other", () => {
  const graph = fc.integer({ min: 1, max: 12 }).chain((count) =>
    fc.tuple(
      ...Array.from({ length: count }, (_, k) =>
        fc.subarray(Array.from({ length: k }, (_, j) => `s${j}`))),
    )
  );
  const direction = fc.constantFrom<Direction>("across", "down");
  fc.assert(fc.property(graph, direction, (sources, direction) => {
    const stages = sources.map((from, k) => ({ name: `s${k}`, from }));
    const { boxes, arrows, width, height } = pipelineLayout(stages, SIZE, direction);
    const along = direction === "across" ? "x" : "y";
    assert.equal(arrows.length, sources.flat().length);
    for (const { points } of arrows) {
      for (let k = 1; k < points.length; k++) {
        assert.ok(points[k][along] > points[k - 1][along]);
      }
      for (const { x, y } of points) {
        assert.ok(x >= 0 && x <= width && y >= 0 && y <= height);
      }
    }
    const corners = [...boxes.values()];
    for (const [k, a] of corners.entries()) {
      assert.ok(a.x >= 0 && a.x + SIZE.width <= width + ROUNDING);
      assert.ok(a.y >= 0 && a.y + SIZE.height <= height + ROUNDING);
      for (const b of corners.slice(k + 1)) {
        const areApart = Math.abs(a.x - b.x) >= SIZE.width + 10 - ROUNDING ||
          Math.abs(a.y - b.y) >= SIZE.height + 10 - ROUNDING;
        assert.ok(areApart, JSON.stringify([a, b]));
      }
    }
  }));
});
