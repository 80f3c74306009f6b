import assert from "node:assert/strict";
import { cellRaster, windowAround } from "../../../../pipeline/reporting/maps/cell_raster.ts";
import { rasterOf } from "../../../../pipeline/reporting/maps/mesh_raster.ts";
import { cellList, circle, type Faces, ringMesh } from "../flow/ring_mesh.ts";

const WINDOW = { left: -2, right: 2, bottom: -2, top: 2 };

for (const faces of ["quads", "triangles", "pixels"] satisfies Faces[]) {
  Deno.test(`cellRaster() covers a ring of ${faces} and leaves the body and the far field blank`, () => {
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

Deno.test("windowAround() leaves a rim around the nodes, as wide on every side", () => {
  const window = windowAround([0, 0, 4, 1, 9, 9], [0, 1], 0.25);
  assert.deepEqual(window, { left: -1, right: 5, bottom: -1, top: 2 });
});
