import assert from "node:assert/strict";
import { rasterOf } from "../../../../pipeline/reporting/maps/mesh_raster.ts";
import { sliceRaster } from "../../../../pipeline/reporting/maps/slice_raster.ts";
import { cellList } from "../flow/ring_mesh.ts";

const N = 5;
/** Planes of the block between 0 and 1, closer together at one end. */
const PLANES = Array.from({ length: N }, (_, k) => (k / (N - 1)) ** 2);
const WINDOW = { left: -0.26, right: 1.24, bottom: -0.26, top: 1.24 };

const node = (i: number, j: number, k: number) => (i * N + j) * N + k;
const position = Float64Array.from(
  PLANES.flatMap((x) => PLANES.flatMap((y) => PLANES.flatMap((z) => [x, y, z]))),
);

/**
 * The hexahedra of the block without those of one column along z, each as the cells that `cut`
 * makes of it.
 */
function block(type: number, cut: (corners: readonly number[]) => readonly (readonly number[])[]) {
  const lists = [];
  for (let i = 0; i + 1 < N; i++) {
    for (let j = 0; j + 1 < N; j++) {
      for (let k = 0; k + 1 < N; k++) {
        if (i === 2 && j === 2) continue;
        const ring = (
          z: number,
        ) => [node(i, j, z), node(i + 1, j, z), node(i + 1, j + 1, z), node(i, j + 1, z)];
        lists.push(...cut([...ring(k), ...ring(k + 1)]));
      }
    }
  }
  return cellList(lists, type);
}

const pick = (corners: readonly number[], places: readonly (readonly number[])[]) =>
  places.map((list) => list.map((place) => corners[place]));

/** One hexahedron as cells of each type; three pyramids meet at a corner. */
const BLOCKS = {
  hexahedra: block(12, (corners) => [corners]),
  voxels: block(11, (corners) => pick(corners, [[0, 1, 3, 2, 4, 5, 7, 6]])),
  wedges: block(13, (corners) => pick(corners, [[0, 1, 2, 4, 5, 6], [0, 2, 3, 4, 6, 7]])),
  pyramids: block(
    14,
    (corners) => pick(corners, [[1, 2, 6, 5, 0], [2, 3, 7, 6, 0], [4, 5, 6, 7, 0]]),
  ),
  tetrahedra: block(
    10,
    (corners) =>
      pick(corners, [[0, 1, 3, 4], [1, 2, 3, 6], [1, 3, 4, 6], [3, 4, 6, 7], [1, 4, 5, 6]]),
  ),
};

for (const [name, cells] of Object.entries(BLOCKS)) {
  for (const value of [0.3, PLANES[3]]) {
    Deno.test(
      `sliceRaster() cuts ${name} at ${value} without gaps, and leaves the shaft and the ` +
        "outside blank",
      () => {
        const raster = sliceRaster(position, cells, { axis: 2, value }, WINDOW, 3600);
        assert.deepEqual([raster.width, raster.height, ...raster.axes], [60, 60, "x", "y"]);
        for (let y = 0; y < 60; y++) {
          for (let x = 0; x < 60; x++) {
            const at = [-0.26 + (x + 0.5) / 40, 1.24 - (y + 0.5) / 40];
            const inside = at.every((c) => c > 0 && c < 1) &&
              !at.every((c) => c > PLANES[2] && c < PLANES[3]);
            assert.equal(raster.nodes[60 * y + x] >= 0, inside, `at ${at}`);
          }
        }
      },
    );
  }
}

Deno.test("sliceRaster() shows the node of the cell that is nearest in space", () => {
  const raster = sliceRaster(position, BLOCKS.hexahedra, { axis: 2, value: 0.3 }, WINDOW, 3600);
  // At (0.01, 0.01, 0.3): the corner x = y = 0 with z = 1/4, not 9/16.
  const [x, y] = [Math.floor(0.27 * 40), Math.floor(1.23 * 40)];
  assert.equal(raster.nodes[60 * y + x], node(0, 0, 2));
});

Deno.test("rasterOf() cuts solids at the middle of the third or the second axis", () => {
  const mesh = { dimensions: 3, position, cells: BLOCKS.hexahedra };
  const [alongZ, alongY] = [rasterOf(mesh, 400), rasterOf({ ...mesh, cutAxis: 1 }, 400)];
  assert.deepEqual([alongZ.axes, alongY.axes], [["x", "y"], ["x", "z"]]);
  // The middle of y, 1/2, lies in the shaft between 1/4 and 9/16 for all z.
  const middle = alongY.nodes.filter((_, pixel) =>
    pixel % alongY.width === Math.floor(alongY.width * 0.42)
  );
  assert.ok(middle.every((n) => n < 0));
  assert.ok(alongZ.nodes.some((n) => n >= 0) && alongY.nodes.some((n) => n >= 0));
});
