/** Parts of meshes as one. @module */

import assert from "node:assert/strict";
import { joinMeshes } from "../../../io/mesh_file/join_meshes.ts";
import { arraysOf, type FileArray, type FileMesh } from "../../../io/mesh_file/mesh_file.ts";

/** A chain of lines between points on the x axis. */
function chain(
  xs: readonly number[],
  more: Partial<FileMesh> = {},
  pointData: Record<string, FileArray> = {},
): FileMesh {
  const lines = Array.from({ length: xs.length - 1 }, (_, k) => [k, k + 1]).flat();
  return {
    path: "part",
    pointCount: xs.length,
    points: Float64Array.from(xs.flatMap((x) => [x, 0])),
    axes: 2,
    cells: {
      connectivity: Uint32Array.from(lines),
      offsets: Uint32Array.from({ length: xs.length }, (_, k) => 2 * k),
      types: new Uint8Array(xs.length - 1).fill(3),
    },
    pointData: arraysOf({ p: { values: Float64Array.from(xs), components: 1 }, ...pointData }),
    cellData: arraysOf({}),
    fieldData: arraysOf({}),
    notes: [],
    ...more,
  };
}

const xsOf = ({ points }: FileMesh) => [...points].filter((_, k) => k % 2 === 0);

Deno.test("joinMeshes() merges points at one place, -0 and 0 included", () => {
  const mesh = joinMeshes("a", [chain([-2, -1, -0]), chain([0, 1]), chain([1, 2])], "pieces");
  assert.deepEqual(xsOf(mesh), [-2, -1, -0, 1, 2]);
  assert.deepEqual([...mesh.cells.connectivity], [0, 1, 1, 2, 2, 3, 3, 4]);
  assert.deepEqual(mesh.notes, ["Merged 2 points where pieces meet"]);
});

Deno.test("joinMeshes() merges points of one id, though rounding separates them", () => {
  const ids = (...values: number[]) => ({
    GlobalNodeIds: { values: BigInt64Array.from(values, BigInt), components: 1 },
  });
  const parts = [chain([0, 1], {}, ids(7, 9)), chain([1 + 1e-12, 2], {}, ids(9, 11))];
  assert.deepEqual(xsOf(joinMeshes("a", parts, "pieces")), [0, 1, 2]);
  assert.deepEqual(xsOf(joinMeshes("a", [chain([0, 1]), chain([1 + 1e-12, 2])], "pieces")), [
    0,
    1,
    1 + 1e-12,
    2,
  ]);
});

Deno.test("joinMeshes() keeps both sides of a crack, and counts its points", () => {
  const mesh = joinMeshes("a", [chain([0, 1, 1, 2]), chain([1, 5])], "pieces");
  assert.equal(mesh.pointCount, 6);
  assert.match(mesh.notes.join(), /3 points where pieces meet were not merged: several points/);
});

Deno.test("joinMeshes() prefers the values of points that are no copies", () => {
  const first = chain([0, 1, 2], {
    ghostPoints: Uint8Array.of(0, 0, 1),
    ghostCells: Uint8Array.of(0, 1),
  }, { q: { values: Int32Array.of(0, 1, -99), components: 1 } });
  const second = chain([1, 2, 3], {
    ghostPoints: Uint8Array.of(1, 0, 0),
  }, { q: { values: Int32Array.of(-99, 2, 3), components: 1 } });
  const mesh = joinMeshes("a", [first, second], "pieces");
  const { values } = mesh.pointData.read("q");
  const byX = xsOf(mesh).map((x, k) => [x, values[k]]).sort(([a], [b]) => Number(a) - Number(b));
  assert.deepEqual(byX, [[0, 0], [1, 1], [2, 2], [3, 3]]);
  assert.equal(mesh.cells.types.length, 3);
  assert.deepEqual(mesh.notes.filter((note) => note.includes("differs")), []);
});

Deno.test("joinMeshes() refuses arrays of different components, and joins different types", () => {
  const array = (values: FileArray["values"], components: number) => ({
    a: { values, components },
  });
  const one = chain([0, 1], {}, array(Int32Array.of(1, 2), 1));
  const two = chain([2, 3], {}, array(Float32Array.of(1, 2, 3, 4), 2));
  assert.throws(() => joinMeshes("a", [one, two], "pieces").pointData.read("a"), {
    name: "DataError",
    message: /must have the same number of components, received 1 and 2/,
  });
  const three = chain([2, 3], {}, array(Float32Array.of(3.5, 4), 1));
  const { values } = joinMeshes("a", [one, three], "pieces").pointData.read("a");
  assert.deepEqual(values, Float64Array.of(1, 2, 3.5, 4));
});
