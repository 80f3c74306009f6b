import assert from "node:assert/strict";
import { BallCover } from "../../../pipeline/graph/ball_cover.ts";
import { CellIndex } from "../../../pipeline/graph/cell_index.ts";
import { NeighbourDraw } from "../../../pipeline/graph/neighbour_draw.ts";
import { buildPointTree } from "../../../pipeline/graph/point_tree.ts";
import { fillUniform, hash, KeyedSequence } from "../../../pipeline/graph/random.ts";
import { chiSquareBound } from "./chi_square.ts";

/** Goals that stop a cover at the root and that refine it to the leaves. */
const coarse = { fewPoints: Infinity, manyInside: 0, unsurePerInside: 0, manyCells: 0 };
const fine = { fewPoints: 0, manyInside: Infinity, unsurePerInside: 0, manyCells: Infinity };

for (const path of ["fromList", "fromCover"] as const) {
  Deno.test(`NeighbourDraw.${path}() draws every pair of a ball equally often`, () => {
    // Of nodes 0, 1, ..., 20 on a line, 7 to 13 lie within 3 of node 10: 6 senders, 15 pairs.
    const tree = buildPointTree(Float32Array.from({ length: 21 }, (_, node) => node), 1);
    const receiver = tree.nodes.indexOf(10);
    const neighbours = new NeighbourDraw(tree, 3, 2);
    for (const goal of [coarse, fine]) {
      const cover = new BallCover(tree, 3);
      cover.coverCell(0, coarse);
      const ball = new BallCover(tree, 3);
      ball.coverPoint(receiver, cover, goal);
      neighbours.setList(ball);
      neighbours.setCover(ball);
      const draws = new KeyedSequence(hash(7, "pairs"));
      const times = new Map<string, number>();
      for (let trial = 0; trial < 15_000; trial++) {
        draws.rekey(trial);
        const count = path === "fromList"
          ? neighbours.fromList(receiver, draws)
          : neighbours.fromCover(receiver, draws);
        assert.equal(count, 2);
        const pair = neighbours.senders.join();
        times.set(pair, (times.get(pair) ?? 0) + 1);
      }
      assert.equal(times.size, 15);
      for (const pair of times.keys()) {
        const [a, b] = pair.split(",").map(Number);
        assert.ok(7 <= a && a < b && b <= 13 && a !== 10 && b !== 10, pair);
      }
      const statistic = [...times.values()].reduce(
        (sum, seen) => sum + (seen - 1000) ** 2 / 1000,
        0,
      );
      assert.ok(statistic < chiSquareBound(14), `chi-square ${statistic}`);
    }
  });
}

Deno.test(
  "BallCover holds the ball, CellIndex counts its points, covers of a point refine those " +
    "of its cell",
  () => {
    const position = fillUniform(hash(7, "cover"), new Float32Array(3 * 2000));
    const tree = buildPointTree(position, 3);
    const radius = 0.3;
    const group = new BallCover(tree, radius);
    const ball = new BallCover(tree, radius);
    const squared = (a: number, b: number) =>
      [0, 1, 2].reduce((sum, d) => sum + (tree.points[3 * a + d] - tree.points[3 * b + d]) ** 2, 0);
    const pointsOf = (cells: Uint32Array, count: number) =>
      [...cells.subarray(0, count)].flatMap((cell) =>
        Array.from({ length: tree.counts[cell] }, (_, k) => tree.starts[cell] + k)
      );
    for (const goal of [coarse, { ...fine, manyCells: 100 }, fine]) {
      const cell = 2 ** tree.leafLevel - 1 + 37;
      group.coverCell(cell, goal);
      const point = tree.starts[cell];
      ball.coverPoint(point, group, fine);
      const index = new CellIndex(tree);
      for (const cover of [group, ball]) {
        const inside = pointsOf(cover.insideCells, cover.insideCellCount);
        const unsure = pointsOf(cover.unsureCells, cover.unsureCellCount);
        assert.equal(new Set([...inside, ...unsure]).size, cover.pointCount);
        assert.equal(inside.length, cover.insidePointCount);
        index.fill(cover);
        assert.equal(index.pointCount, cover.pointCount);
        [...inside, ...unsure].forEach((other, number) =>
          assert.equal(index.pointOf(number), other)
        );
        assert.ok(inside.every((other) => squared(point, other) <= radius ** 2));
        const held = new Set([...inside, ...unsure]);
        for (let other = 0; other < tree.pointCount; other++) {
          assert.ok(squared(point, other) > radius ** 2 || held.has(other));
        }
      }
      assert.ok(ball.pointCount <= group.pointCount);
      assert.ok(ball.insidePointCount >= group.insidePointCount);
    }
  },
);
