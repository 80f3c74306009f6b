import assert from "node:assert/strict";
import { wallOf } from "../../../../pipeline/reporting/flow/wall.ts";
import { cellList, circle, type Faces, ringMesh } from "./ring_mesh.ts";

for (const faces of ["quads", "triangles", "pixels"] satisfies Faces[]) {
  Deno.test(`wallOf() closes one line around a body in ${faces}, the fluid to its left`, () => {
    const { position, cells, wallCount } = ringMesh(circle(12), [1, 1.5, 2], faces);
    const wall = wallOf(cells, position, (node) => node < wallCount);
    assert.deepEqual([...wall.lineOffsets], [0, 12]);
    // Clockwise around the body: each node after the one that follows it on the circle.
    for (let edge = 0; edge < 12; edge++) {
      const [from, to] = [wall.ends[2 * edge], wall.ends[2 * edge + 1]];
      assert.equal((to + 1) % 12, from);
      assert.equal(wall.ends[2 * ((edge + 1) % 12)], to);
    }
  });
}

Deno.test("wallOf() separates two bodies and an open floor", () => {
  // A strip of 8 × 3 squares without the squares 2 and 5 of its middle row: two square holes above
  // a floor.
  const node = (x: number, y: number) => 9 * y + x;
  const lists = [];
  for (let y = 0; y < 3; y++) {
    for (let x = 0; x < 8; x++) {
      if (y === 1 && (x === 2 || x === 5)) continue;
      lists.push([node(x, y), node(x + 1, y), node(x + 1, y + 1), node(x, y + 1)]);
    }
  }
  const position = Array.from({ length: 36 }, (_, n) => [n % 9, Math.floor(n / 9)]).flat();
  const around = (n: number, x: number) => n % 9 >= x && n % 9 <= x + 1 && n >= 9 && n < 27;
  const wall = wallOf(cellList(lists, 9), position, (n) => n < 9 || around(n, 2) || around(n, 5));
  assert.deepEqual([...wall.lineOffsets], [0, 8, 12, 16]);
  assert.deepEqual([...wall.ends.slice(0, 16)], [0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8]);
  const corners = (line: number) =>
    new Set(wall.ends.slice(2 * wall.lineOffsets[line], 2 * wall.lineOffsets[line + 1]));
  assert.deepEqual(corners(1), new Set([11, 20, 21, 12]));
  assert.deepEqual(corners(2), new Set([14, 23, 24, 15]));
});

Deno.test("wallOf() leaves out edges inside the fluid, and cells that are not faces", () => {
  // Both ends of the edge between the two triangles are wall nodes, but there is fluid on both
  // sides.
  const position = [0, 0, 1, 0, 1, 1, 0, 1];
  const cells = cellList([[0, 1, 2], [0, 2, 3]], 5);
  assert.deepEqual([...wallOf(cells, position, (node) => node === 0 || node === 2).ends], []);
  const tetrahedra = cellList([[0, 1, 2, 3]], 10);
  assert.deepEqual([...wallOf(tetrahedra, position, () => true).ends], []);
});
