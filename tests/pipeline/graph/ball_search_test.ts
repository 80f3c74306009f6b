import assert from "node:assert/strict";
import { BallSearch } from "../../../pipeline/graph/ball_search.ts";
import { buildPointTree } from "../../../pipeline/graph/point_tree.ts";
import { fillUniform, hash } from "../../../pipeline/graph/random.ts";

Deno.test("BallSearch finds what a comparison of all pairs finds, up to a limit", () => {
  for (const dimensions of [1, 2, 3]) {
    // Coarse coordinates: many distances are equal, and some positions.
    const position = fillUniform(hash(4, dimensions), new Float32Array(90 * dimensions))
      .map((value) => Math.round(9 * value ** 2) / 4);
    const tree = buildPointTree(position, dimensions);
    const pointCount = tree.pointCount;
    for (const capacity of [1, 5, 20, 90]) {
      const search = new BallSearch(tree, 4, capacity);
      for (let point = 0; point < pointCount; point++) {
        const all = Array.from({ length: pointCount }, (_, other) => {
          let square = 0;
          for (let d = 0; d < 3; d++) {
            square += (tree.points[point * 3 + d] - tree.points[other * 3 + d]) ** 2;
          }
          return { other, square };
        }).sort((a, b) => a.square - b.square || a.other - b.other);
        const elsewhere = all.filter(({ square }) => square > 0);
        assert.equal(search.squaredSpacing(point), elsewhere[3].square);
        for (const radius of [0, 0.25, 2]) {
          const expected = all.filter(({ square }) => square <= radius ** 2).slice(0, capacity);
          const count = search.search(point, radius ** 2);
          const found = Array.from(search.points.subarray(0, count), (other, k) => ({
            other,
            square: search.squares[k],
          })).sort((a, b) => a.square - b.square || a.other - b.other);
          assert.deepEqual(found, expected);
        }
      }
    }
  }
  const alone = new BallSearch(buildPointTree(Float32Array.of(1, 1), 1), 1, 9);
  assert.equal(alone.squaredSpacing(0), 0);
  assert.equal(alone.search(0, 0), 2);
});
