/**
 * Sides of cells against VTK's, and distances to boundaries and walls against closed forms.
 *
 * @module
 */

import assert from "node:assert/strict";
import { DataError } from "../../../errors.ts";
import type { MeshCells } from "../../../io/mesh_cells.ts";
import { openMeshStore } from "../../../io/mesh_store.ts";
import { closeFaces } from "../../../io/polyhedra.ts";
import { type BoundaryPart, boundaryPieces } from "../../../pipeline/derived/boundary.ts";
import { cellSides } from "../../../pipeline/derived/cell_sides.ts";
import { SurfaceDistance } from "../../../pipeline/derived/surface_distance.ts";

/** Rounding of float64 at distances of about 1. */
const ROUNDING = 1e-14;

const [TRIANGLE, QUAD, PIXEL, HEXAHEDRON] = [5, 9, 8, 12];

/** A mesh of a few cells. */
interface SmallMesh {
  readonly cells: MeshCells;
  readonly position: Float32Array;
  readonly dimensions: number;
}

function cellsOf(type: number, lists: readonly (readonly number[])[]): MeshCells {
  const offsets = new Uint32Array(lists.length + 1);
  for (const [k, { length }] of lists.entries()) offsets[k + 1] = offsets[k] + length;
  const connectivity = Uint32Array.from(lists.flat());
  return { connectivity, offsets, types: new Uint8Array(lists.length).fill(type) };
}

function distancesTo(part: BoundaryPart, { cells, position, dimensions }: SmallMesh): number[] {
  const pieces = boundaryPieces(cells, position, dimensions, part);
  return [...new SurfaceDistance(pieces).distances(position, dimensions, () => {})];
}

/** Integer places of an (n + 1)^D grid, and the n^D cells in VTK's order. */
function grid(n: number, dimensions: number) {
  const at = (place: readonly number[]) => place.reduceRight((sum, k) => sum * (n + 1) + k, 0);
  const places = (count: number) =>
    Array.from(
      { length: count ** dimensions },
      (_, k) =>
        Array.from({ length: dimensions }, (_, axis) => Math.trunc(k / count ** axis) % count),
    );
  const around = [[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]];
  const corners = dimensions === 2 ? around : [...around, ...around.map(([x, y]) => [x, y, 1])];
  return {
    places: places(n + 1),
    lists: places(n).map((low) => corners.map((gap) => at(low.map((k, axis) => k + gap[axis])))),
    lows: places(n),
  };
}

/** The same lists of sides, sorted, each in one order of its nodes. */
function canonical(sides: readonly (readonly number[])[], middles: readonly boolean[]): string[] {
  return sides.map((side, k) => {
    const around = middles[k] ? side.slice(0, -1) : side;
    return `${ordered(around, middles.length > 0).join(" ")} ${middles[k] ? side.at(-1) : ""}`;
  }).sort();
}

/** A chain from its smaller end; a cycle from its smallest node to the smaller neighbour. */
function ordered(nodes: readonly number[], isCycle: boolean): readonly number[] {
  const start = isCycle ? nodes.indexOf(Math.min(...nodes)) : 0;
  const forward = [...nodes.slice(start), ...nodes.slice(0, start)];
  if (!isCycle) return forward[0] < forward.at(-1)! ? forward : forward.reverse();
  const [first, ...rest] = forward;
  return rest[0] < rest.at(-1)! ? forward : [first, ...rest.reverse()];
}

Deno.test("cellSides() lists the edges and faces that VTK lists", () => {
  const file = new URL("../../fixtures/derived/cell_sides.json", import.meta.url);
  const fixture: Readonly<Record<string, { nodes: number; sides: number[][] }>> = JSON.parse(
    Deno.readTextFileSync(file),
  );
  for (const [type, { nodes, sides }] of Object.entries(fixture)) {
    const all = Array.from({ length: nodes }, (_, k) => k);
    const found = cellSides(cellsOf(Number(type), [all]));
    const lists = Array.from(found.cells, (_, side) => [
      ...found.nodes.subarray(found.offsets[side], found.offsets[side + 1]),
    ]);
    const isSolid = found.dimension === 3;
    const middles = isSolid ? [...found.hasMiddle].map((flag) => flag === 1) : [];
    // VTK's faces have a middle if their number of nodes is odd and above that of a pentagon.
    const expected = isSolid ? sides.map(({ length }) => length >= 7 && length % 2 === 1) : [];
    assert.deepEqual(canonical(lists, middles), canonical(sides, expected), `type ${type}`);
  }
});

Deno.test("distances to the boundary are exact at every node of boxes of any cells", () => {
  const square = grid(4, 2);
  const cube = grid(4, 3);
  const expected = (places: readonly (readonly number[])[]) =>
    places.map((place) => Math.min(...place, ...place.map((x) => 4 - x)));
  const triangles = square.lists.flatMap(([a, b, c, d]) => [[a, b, c], [a, c, d]]);
  const tetrahedra = cube.lists.flatMap((h) =>
    [[0, 1, 2, 6], [0, 2, 3, 6], [0, 3, 7, 6], [0, 7, 4, 6], [0, 4, 5, 6], [0, 5, 1, 6]]
      .map((corners) => corners.map((k) => h[k]))
  );
  const polyhedra = cube.lists.map((h) =>
    closeFaces(
      [[0, 4, 7, 3], [1, 2, 6, 5], [0, 1, 5, 4], [3, 7, 6, 2], [0, 3, 2, 1], [4, 5, 6, 7]]
        .map((face) => face.map((k) => h[k])),
    )
  );
  const voxels = cube.lists.map((h) => [0, 1, 3, 2, 4, 5, 7, 6].map((k) => h[k]));
  const strips = square.lists.map(([a, b, c, d]) => [a, b, d, c]);
  const meshes: [number, number[][], number][] = [
    [TRIANGLE, triangles, 2],
    [QUAD, square.lists, 2],
    [PIXEL, strips, 2],
    [6, strips, 2],
    [10, tetrahedra, 3],
    [11, voxels, 3],
    [HEXAHEDRON, cube.lists, 3],
    [42, polyhedra, 3],
  ];
  for (const [type, lists, dimensions] of meshes) {
    const { places } = dimensions === 2 ? square : cube;
    // Away from the origin, and with lines that mark nothing.
    const position = Float32Array.from(places.flat(), (x) => x - 1000);
    const cells = cellsOf(type, lists);
    const distances = distancesTo("boundary", { cells, position, dimensions });
    assert.deepEqual(distances, expected(places), `type ${type}`);
  }
  const line = cellsOf(3, [[2, 0], [0, 1]]);
  const position = Float32Array.of(1, 4, 0.5);
  assert.deepEqual(
    distancesTo("boundary", { cells: line, position, dimensions: 1 }),
    [0.5, 0, 0],
  );
});

Deno.test("distances to a wall are those to the hole, not to the outer sides", () => {
  for (const dimensions of [2, 3]) {
    const { places, lists, lows } = grid(5, dimensions);
    const cells = cellsOf(
      dimensions === 2 ? QUAD : HEXAHEDRON,
      lists.filter((_, k) => lows[k].some((x) => x !== 3)),
    );
    const position = Float32Array.from(places.flat());
    const distances = distancesTo("wall", { cells, position, dimensions });
    const expected = places.map((place) =>
      Math.hypot(...place.map((x) => Math.max(3 - x, x - 4, 0)))
    );
    distances.forEach((distance, k) => assert.ok(Math.abs(distance - expected[k]) < ROUNDING));
  }
});

Deno.test("distances do not depend on the numbers of nodes and the order of cells", () => {
  // A warped grid with a hole, whose faces are not plane.
  const { places, lists, lows } = grid(4, 3);
  const kept = lists.filter((_, k) => lows[k].some((x) => x !== 1));
  const warped = places.map(([x, y, z]) => [x + 0.1 * y * z, y - 0.07 * x * z, z + 0.05 * x * y]);
  const position = Float32Array.from(warped.flat());
  const nodeCount = places.length;
  const number = (node: number) => (node * 7 + 3) % nodeCount;
  const moved = new Float32Array(position.length);
  for (let node = 0; node < nodeCount; node++) {
    moved.set(position.subarray(3 * node, 3 * node + 3), 3 * number(node));
  }
  for (const part of ["boundary", "wall"] as const) {
    const cells = cellsOf(HEXAHEDRON, kept);
    const renumbered = cellsOf(HEXAHEDRON, kept.toReversed().map((list) => list.map(number)));
    const first = distancesTo(part, { cells, position, dimensions: 3 });
    const second = distancesTo(part, { cells: renumbered, position: moved, dimensions: 3 });
    first.forEach((distance, node) =>
      assert.ok(Math.abs(distance - second[number(node)]) < ROUNDING)
    );
  }
});

Deno.test("distances to the wall of an aerofoil are those of its solver", async () => {
  const store = await openMeshStore("pipeline/datasets/stores/airfrans_low.zarr");
  const { cells, position, fields } = await store.read(0, { cells: true });
  const distances = distancesTo("wall", { cells: cells!, position, dimensions: 2 });
  for (const [node, distance] of distances.entries()) {
    // The store has 1e-5 of a distance, and positions in steps of 1e-7 m.
    assert.ok(Math.abs(distance - fields.distance[node]) <= 1e-6 + 2e-5 * distance);
    assert.equal(distance === 0, fields.distance[node] === 0);
  }
});

Deno.test("meshes without the boundary or wall are refused", () => {
  const refuses = (mesh: SmallMesh, part: BoundaryPart, pattern: RegExp) =>
    assert.throws(() => distancesTo(part, mesh), (error) => {
      assert.ok(error instanceof DataError);
      assert.match(error.message, pattern);
      return true;
    });
  const position = Float32Array.of(0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 5, 5, 5, 6, 6, 6);
  const mesh = (cells: MeshCells) => ({ cells, position, dimensions: 3 });
  const closed = cellsOf(TRIANGLE, [[0, 1, 2], [0, 1, 3], [1, 2, 3], [2, 0, 3]]);
  refuses(mesh(closed), "boundary", /one cell only, none/);
  refuses(mesh(cellsOf(10, [[0, 1, 2, 3]])), "wall", /hole.*distance/);
  refuses(mesh(cellsOf(3, [[0, 1], [2, 3]])), "boundary", /share nodes/);
  refuses(mesh(cellsOf(1, [[0], [1]])), "boundary", /points/);
  refuses(mesh(cellsOf(72, [[0, 1, 2, 3]])), "boundary", /received 72; convert/);
  refuses(mesh(cellsOf(42, [[0, 1, 2, 3]])), "boundary", /closed lists.*0 1 2 3/);
});
