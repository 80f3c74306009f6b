import assert from "node:assert/strict";
import {
  cellRaster,
  sliceRaster,
  surfaceRaster,
} from "../../../../pipeline/reporting/maps/cell_raster.ts";
import { pictureOf, rasterOf } from "../../../../pipeline/reporting/maps/mesh_raster.ts";
import {
  isStretched,
  pixelValues,
  type Raster,
} from "../../../../pipeline/reporting/maps/raster.ts";
import { cellList, circle, ringMesh } from "../flow/ring_mesh.ts";

const ROUNDING = 1e-5;
const UNIT = { left: 0, right: 1, bottom: 0, top: 1 };

/** Checks that every pixel inside has the value of a function of its center. */
function assertValues(
  raster: Raster,
  values: ArrayLike<number>,
  expected: (x: number, y: number) => number,
): number {
  const { width, height, extent: { left, right, bottom, top } } = raster;
  let count = 0;
  pixelValues(raster, values).forEach((value, pixel) => {
    if (Number.isNaN(value)) return;
    count++;
    const x = left + (pixel % width + 0.5) / width * (right - left);
    const y = top - (Math.floor(pixel / width) + 0.5) / height * (top - bottom);
    assert.ok(Math.abs(value - expected(x, y)) < ROUNDING, `${value} at ${x}, ${y}`);
  });
  return count;
}

Deno.test("cellRaster() interpolates linear fields exactly and leaves the hole blank", () => {
  for (const faces of ["quads", "triangles", "pixels"] as const) {
    const { position, cells } = ringMesh(circle(24), [1, 1.5, 1.9], faces);
    const values = Array.from(
      { length: position.length / 2 },
      (_, node) => 3 * position[2 * node] - position[2 * node + 1] + 7,
    );
    const raster = cellRaster(position, cells, { left: -2, right: 2, bottom: -2, top: 2 }, 4000);
    const count = assertValues(raster, values, (x, y) => 3 * x - y + 7);
    const share = 12 * Math.sin(2 * Math.PI / 24) * (1.9 ** 2 - 1) / 16;
    assert.ok(Math.abs(count / raster.nodes.length - share) < 0.02);
  }
});

Deno.test("cellRaster() draws quadratic cells and polygons with a notch as they are", () => {
  // A quadratic triangle whose middle nodes lie on its sides.
  const position = [0, 0, 1, 0, 0, 1, 0.5, 0, 0.5, 0.5, 0, 0.5];
  const triangle = cellList([[0, 1, 2, 3, 4, 5]], 22);
  const raster = cellRaster(position, triangle, UNIT, 400);
  assert.ok(assertValues(raster, position.filter((_, k) => k % 2 === 0), (x) => x) > 180);
  // An L: its notch, the upper right quarter, stays blank.
  const corners = [0, 0, 1, 0, 1, 0.5, 0.5, 0.5, 0.5, 1, 0, 1];
  for (const order of [[0, 1, 2, 3, 4, 5], [5, 4, 3, 2, 1, 0], [3, 4, 5, 0, 1, 2]]) {
    const { nodes } = cellRaster(corners, cellList([order], 7), UNIT, 400);
    assert.equal(nodes.filter((node) => node >= 0).length, 300);
    assert.equal(nodes[19], -1);
  }
});

Deno.test("sliceRaster() interpolates linear fields exactly in the plane", () => {
  const position = [0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0, 0, 0, 1, 1, 0, 1, 1, 1, 1, 0, 1, 1];
  const values = Array.from(
    { length: 8 },
    (_, node) => position[3 * node] + 2 * position[3 * node + 1] + 4 * position[3 * node + 2],
  );
  const cube = cellList([[0, 1, 2, 3, 4, 5, 6, 7]], 12);
  const above = sliceRaster(position, cube, { axis: 2, value: 0.25 }, UNIT, 400);
  assert.equal(assertValues(above, values, (x, y) => x + 2 * y + 1), 400);
  const across = sliceRaster(position, cube, { axis: 1, value: 0.75 }, UNIT, 400);
  assert.equal(assertValues(across, values, (x, z) => x + 1.5 + 4 * z), 400);
});

Deno.test("surfaceRaster() shows the upper of two sheets from above", () => {
  // Two squares at z = 0 and z = 1, the upper one over the left half only.
  const position = [0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0, 0, 0, 1, 0.5, 0, 1, 0.5, 1, 1, 0, 1, 1];
  const values = [0, 0, 0, 0, 1, 1, 1, 1];
  const lower = [0, 1, 2, 3];
  const upper = [4, 5, 6, 7];
  for (const lists of [[lower, upper], [upper, lower]]) {
    const cells = cellList(lists, 9);
    assert.equal(pictureOf({ dimensions: 3, position, cells }), "surface");
    const raster = surfaceRaster(position, cells, 2, UNIT, 400);
    assert.equal(assertValues(raster, values, (x) => x < 0.5 ? 1 : 0), 400);
  }
});

Deno.test("pixelValues() give a constant field one value, and NaN outside", () => {
  const { position, cells } = ringMesh(circle(24), [1, 1.5]);
  const raster = cellRaster(position, cells, { left: -2, right: 2, bottom: -2, top: 2 }, 4000);
  const values = pixelValues(raster, new Float32Array(position.length / 2).fill(0.1));
  assert.deepEqual([...new Set(values)].length, 2);
});

Deno.test("rasterOf() draws lines of cells as points, and stretches very long meshes", () => {
  const line = { dimensions: 2, position: [0, 0, 1, 1], cells: cellList([[0, 1]], 3) };
  assert.equal(pictureOf(line), "points");
  const position = [0, 0, 1000, 0, 1000, 1, 0, 1];
  const strip = { dimensions: 2, position, cells: cellList([[0, 1, 2, 3]], 9) };
  const raster = rasterOf(strip, 10_000);
  assert.ok(isStretched(raster));
  assert.ok(raster.nodes.filter((node) => node >= 0).length > 0.85 * raster.nodes.length);
  assert.ok(!isStretched(rasterOf({ ...strip, position: [0, 0, 4, 0, 4, 1, 0, 1] }, 10_000)));
});

Deno.test("rasterOf() draws a grid that is not regular by its cells", () => {
  // A grid along two arcs: its nodes lie on no lattice.
  const position = [2, 3].flatMap((radius) =>
    [0, 0.5, 1, 1.5].flatMap((angle) => [radius * Math.cos(angle), radius * Math.sin(angle)])
  );
  const mesh = { dimensions: 2, position, gridShape: [2, 4] as const };
  const raster = rasterOf(mesh, 2500);
  const values = Array.from({ length: 8 }, (_, node) => position[2 * node]);
  assertValues(raster, values, (x) => x);
  // The middle of the arcs is blank.
  assert.equal(raster.nodes.at(-raster.width), -1);
});
