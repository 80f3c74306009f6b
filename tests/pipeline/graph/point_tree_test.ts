import assert from "node:assert/strict";
import { buildPointTree } from "../../../pipeline/graph/point_tree.ts";
import { fillUniform, hash } from "../../../pipeline/graph/random.ts";

Deno.test("buildPointTree() gives cells of equal counts with the smallest boxes", () => {
  for (const dimensions of [1, 2, 3]) {
    for (const count of [1, 7, 8, 9, 16, 17, 33, 1000]) {
      const uniform = fillUniform(hash(count), new Float32Array(count * dimensions));
      for (
        const position of [
          uniform,
          uniform.map((x) => Math.round(2 * x)),
          new Float32Array(uniform.length),
        ]
      ) {
        const tree = buildPointTree(position, dimensions);
        assert.deepEqual(
          [...tree.nodes].sort((a, b) => a - b),
          Array.from({ length: count }, (_, node) => node),
        );
        tree.nodes.forEach((node, point) => {
          for (let d = 0; d < 3; d++) {
            assert.equal(
              tree.points[point * 3 + d],
              d < dimensions ? position[node * dimensions + d] : 0,
            );
          }
        });
        for (let cell = 0; cell < tree.starts.length; cell++) {
          const level = Math.floor(Math.log2(cell + 1));
          const start = tree.starts[cell];
          const points = tree.counts[cell];
          assert.ok(
            Math.abs(points - count / 2 ** level) < 1,
            `${points} points at level ${level}`,
          );
          if (level === tree.leafLevel) assert.ok(points >= 1 && points <= 8);
          else {
            assert.equal(start, tree.starts[2 * cell + 1]);
            assert.equal(start + tree.counts[2 * cell + 1], tree.starts[2 * cell + 2]);
            assert.equal(points, tree.counts[2 * cell + 1] + tree.counts[2 * cell + 2]);
          }
          for (let d = 0; d < 3; d++) {
            const side = tree.points.subarray(3 * start, 3 * (start + points)).filter((_, k) =>
              k % 3 === d
            );
            assert.equal(tree.boxes[6 * cell + d], Math.min(...side));
            assert.equal(tree.boxes[6 * cell + 3 + d], Math.max(...side));
          }
        }
      }
    }
  }
});
