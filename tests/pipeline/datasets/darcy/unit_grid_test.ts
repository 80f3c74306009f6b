import assert from "node:assert/strict";
import { gridPositions, subsampleGrid } from "../../../../pipeline/datasets/darcy/unit_grid.ts";

Deno.test("gridPositions() numbers vertices along y first and ends exactly on the corners", () => {
  assert.deepEqual([...gridPositions(3)], [
    0,
    0,
    0,
    0.5,
    0,
    1,
    0.5,
    0,
    0.5,
    0.5,
    0.5,
    1,
    1,
    0,
    1,
    0.5,
    1,
    1,
  ]);
  for (const n of [2, 50, 85]) {
    const position = gridPositions(n);
    assert.equal(position.length, 2 * n * n);
    assert.deepEqual([...position.subarray(-2)], [1, 1]);
    assert.deepEqual([...position.subarray(2 * (n - 1), 2 * n)], [0, 1]);
  }
});

Deno.test("subsampleGrid() takes the values at the vertices of the coarse grid", () => {
  const linear = (n: number) => {
    const position = gridPositions(n);
    return Float32Array.from(
      { length: n * n },
      (_, p) => 3 * position[2 * p] - 7 * position[2 * p + 1],
    );
  };
  for (const [n, r] of [[421, 85], [421, 106], [421, 211], [421, 421], [421, 2], [9, 5]]) {
    assert.deepEqual(subsampleGrid(linear(n), n, r), linear(r), `${n} to ${r}`);
    assert.deepEqual(
      subsampleGrid(gridPositions(n), n, r, 2),
      gridPositions(r),
      `positions, ${n} to ${r}`,
    );
  }
});

Deno.test("subsampleGrid() rejects other vertices and names the possible resolutions", () => {
  for (const r of [4, 10, 1, 0, -1, 2.5, NaN, 17]) {
    assert.throws(() => subsampleGrid(new Float32Array(81), 9, r), {
      name: "RangeError",
      message: "Cannot subsample 9 × 9 vertices: the resolution minus 1 must divide 8, " +
        `received ${r}; use one of 3, 5, 9`,
    });
  }
});
