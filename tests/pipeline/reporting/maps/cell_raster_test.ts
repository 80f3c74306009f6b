import assert from "node:assert/strict";
import { cellRaster, sliceRaster } from "../../../../pipeline/reporting/maps/cell_raster.ts";
import { rasterOf } from "../../../../pipeline/reporting/maps/mesh_raster.ts";
import { cellList, circle, type Faces, ringMesh } from "../flow/ring_mesh.ts";

const WINDOW = { left: -2, right: 2, bottom: -2, top: 2 };

for (const faces of ["quads", "triangles", "pixels"] satisfies Faces[]) {
  Deno.test(`cellRaster() covers a ring of ${faces} and nothing else`, () => {
    const { position, cells } = ringMesh(circle(96), [1, 1.2, 1.5, 1.9], faces);
    const raster = cellRaster(position, cells, WINDOW, 40_000);
    assert.deepEqual([raster.width, raster.height], [200, 200]);
    for (let y = 0; y < 200; y++) {
      for (let x = 0; x < 200; x++) {
        const radius = Math.hypot((x + 0.5) / 50 - 2, 2 - (y + 0.5) / 50);
        const node = raster.nodes[200 * y + x];
        // Straight edges cut at most this much off a circle of radius 1.9.
        const sagitta = 1.9 * (1 - Math.cos(Math.PI / 96));
        if (radius < 1 - sagitta || radius > 1.9) assert.equal(node, -1);
        else if (radius > 1 && radius < 1.9 - sagitta) {
          assert.ok(node >= 0, `a gap at radius ${radius}`);
        }
      }
    }
  });
}

Deno.test(
  "cellRaster() shows the nearest node of the cell, even where a node of another cell is " +
    "nearer",
  () => {
    // A thin slit between two cells: the upper node of the left cell is far, that of the right cell
    // is near.
    const position = [0, 0, 1, 0, 1, 1, 0, 1, 1.01, 0.5, 2, 0, 2, 1];
    const cells = cellList([[0, 1, 2, 3], [4, 5, 6]], 9);
    const raster = cellRaster(position, cells, { left: 0, right: 1, bottom: 0, top: 1 }, 4);
    assert.deepEqual([...raster.nodes], [3, 2, 0, 1]);
    const right = cellRaster(position, cells, { left: 0.9, right: 1, bottom: 0.4, top: 0.6 }, 2);
    assert.ok(right.nodes.every((node) => node === 1 || node === 2));
  },
);

Deno.test("rasterOf() draws the window of a mesh with cells, and all of it by default", () => {
  const { position, cells } = ringMesh(circle(32), [1, 3]);
  const mesh = { dimensions: 2, position, cells };
  assert.deepEqual(rasterOf({ ...mesh, window: WINDOW }, 400).extent, WINDOW);
  const { extent, nodes } = rasterOf(mesh, 400);
  assert.ok(Math.abs(extent.right - 3.06) < 1e-12 && Math.abs(extent.bottom + 3.06) < 1e-12);
  assert.ok(nodes.some((node) => node >= 32) && nodes.some((node) => node >= 0 && node < 32));
});

const N = 5;
/** Planes of the block between 0 and 1, closer together at one end. */
const PLANES = Array.from({ length: N }, (_, k) => (k / (N - 1)) ** 2);
const BLOCK_WINDOW = { left: -0.26, right: 1.24, bottom: -0.26, top: 1.24 };

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
        const raster = sliceRaster(position, cells, { axis: 2, value }, BLOCK_WINDOW, 3600);
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
  const raster = sliceRaster(
    position,
    BLOCKS.hexahedra,
    { axis: 2, value: 0.3 },
    BLOCK_WINDOW,
    3600,
  );
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
