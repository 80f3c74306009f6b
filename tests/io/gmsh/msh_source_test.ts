/** Gmsh meshes, written by Gmsh, against its API and against VTK's order of nodes. @module */

import assert from "node:assert/strict";
import { join } from "node:path";
import { DataError } from "../../../errors.ts";
import { openMeshFile } from "../../../io/mesh_file/open_mesh_file.ts";
import type { FileMesh } from "../../../io/mesh_file/mesh_file.ts";
import { inTemporaryDirectory } from "../../support/temporary_directory.ts";

const FIXTURES = "tests/fixtures/io/gmsh";
const EXPECTED = JSON.parse(Deno.readTextFileSync(join(FIXTURES, "expected.json")));
const PLATES = ["22_text", "22_binary", "22_parametric", "41_text", "41_binary", "41_parametric"];
const TOLERANCE = 1e-12;

async function read(name: string, index = 0): Promise<FileMesh> {
  return await (await openMeshFile(join(FIXTURES, name), { times: "all" })).read(index);
}

function pointOf({ points }: FileMesh, node: number): number[] {
  return [...points.subarray(3 * node, 3 * node + 3)];
}

function nodesOf({ cells: { connectivity, offsets } }: FileMesh, cell: number): number[] {
  return [...connectivity.subarray(offsets[cell], offsets[cell + 1])];
}

function assertNear(actual: readonly number[], expected: readonly number[], message: string): void {
  const isNear = expected.every((value, i) => Math.abs(actual[i] - value) < TOLERANCE);
  assert.ok(isNear && actual.length === expected.length, `${message}: ${actual} for ${expected}`);
}

for (const plate of PLATES) {
  Deno.test(`openMeshFile() reads the mesh and the views of Gmsh: ${plate}`, async () => {
    const path = join(FIXTURES, `plate_${plate}.msh`);
    const source = await openMeshFile(path, { times: "all" });
    assert.deepEqual(source.samples.map(({ time, group }) => [time, group]), [
      [0, `plate_${plate}`],
      [0.25, `plate_${plate}`],
      [1, `plate_${plate}`],
    ]);
    const mesh = await source.read(1);
    const points = Object.values<number[]>(EXPECTED.plate.points);
    assert.equal(mesh.pointCount, points.length);
    const byPlace = new Map(
      Object.entries<number[]>(EXPECTED.plate.points).map(([tag, place]) => [keyOf(place), +tag]),
    );
    const tags = Array.from(points, (_, node) => byPlace.get(keyOf(pointOf(mesh, node)))!);
    const triangles = Array.from(
      mesh.cells.types,
      (_, cell) => nodesOf(mesh, cell).map((node) => tags[node]).sort((a, b) => a - b).join(),
    );
    const expected = EXPECTED.plate.triangles.map((nodes: number[]) => nodes.join());
    assert.deepEqual(triangles.sort(), expected.sort());
    const pressure = mesh.pointData.read("p").values as Float64Array;
    const velocity = mesh.pointData.read("u v");
    const flux = mesh.pointData.read("flux").values as Float64Array;
    const group = mesh.pointData.read("boundary").values as Int32Array;
    let missing = 0;
    for (let node = 0; node < mesh.pointCount; node++) {
      const [x, y] = pointOf(mesh, node);
      assertNear([pressure[node], flux[node]], [x + 0.25, x], `node ${node}`);
      const vector = [...velocity.values.subarray(3 * node, 3 * node + 3)] as number[];
      if (Number.isNaN(vector[0])) missing++;
      else assertNear(vector, [x, y, 0.5], `node ${node}`);
      assert.equal(group[node], x === 0 ? 7 : x === 2 ? 8 : 0);
    }
    assert.equal(missing, 1);
    const kinds = [...mesh.cellData.read("kind").values as Float64Array];
    assert.deepEqual(kinds.sort((a, b) => a - b), EXPECTED.plate.kind);
    assert.ok(mesh.cellData.read("physical").values.every((tag) => tag === 3));
    assert.match(mesh.notes.join(), /groups of dimension 1: 7 "in let", 8 without a name/);
    assert.match(mesh.notes.join(), /"physical" has .* of dimension 2: 3 "fluid"/);
  });
}

function keyOf(place: readonly number[]): string {
  return place.map((x) => (Math.round(x * 1e9) / 1e9 + 0).toString()).join();
}

/** VTK's edges by type, in the order of their nodes after the corners. */
const EDGES: Readonly<Record<number, string>> = {
  22: "01 12 20",
  23: "01 12 23 30",
  24: "01 12 20 03 13 23",
  25: "01 12 23 30 45 56 67 74 04 15 26 37",
  26: "01 12 20 34 45 53 03 14 25",
  27: "01 12 23 30 04 14 24 34",
  28: "01 12 23 30",
  29: "01 12 23 30 45 56 67 74 04 15 26 37",
  32: "01 12 20 34 45 53 03 14 25",
};
/** VTK's faces by type, in the order of their central nodes after those of edges. */
const FACES: Readonly<Record<number, string>> = {
  28: "0123",
  29: "0473 1562 0451 3762 0321 4567",
  32: "0341 1452 2530",
};
/** Corners by type. */
const CORNERS: Readonly<Record<number, number>> = {
  22: 3,
  23: 4,
  24: 4,
  25: 8,
  26: 6,
  27: 5,
  28: 4,
  29: 8,
  32: 6,
};

for (const name of ["surfaces", "volumes"]) {
  Deno.test(`openMeshFile() puts the nodes of elements in VTK's order: ${name}`, async () => {
    const mesh = await read(`${name}.msh`);
    const checked = new Set<number>();
    for (const [cell, type] of mesh.cells.types.entries()) {
      const places = nodesOf(mesh, cell).map((node) => pointOf(mesh, node));
      let next = CORNERS[type];
      for (const part of [EDGES[type], FACES[type]].filter((text) => text !== undefined)) {
        for (const corners of part.split(" ")) {
          const mean = [0, 1, 2].map((axis) =>
            [...corners].reduce((sum, k) => sum + places[+k][axis], 0) / corners.length
          );
          assertNear(places[next++], mean, `type ${type}, node ${next - 1}`);
          checked.add(type);
        }
      }
    }
    assert.equal(checked.size, name === "surfaces" ? 3 : 6);
  });
}

Deno.test("openMeshFile() lists the nodes of higher orders as VTK does", async () => {
  const mesh = await read("surfaces.msh");
  const placesOf = (type: number, count: number) => {
    const cell = mesh.cells.types.findIndex((other, at) =>
      other === type && nodesOf(mesh, at).length === count
    );
    const places = nodesOf(mesh, cell).map((node) => pointOf(mesh, node));
    return places.map(([x, y]) => [x - 10 * cell, y]);
  };
  // Cubic square: corners, edges along the axes, then rows.
  const square = placesOf(70, 16);
  const third = (k: number) => -1 + 2 * k / 3;
  const expected = [[0, 0], [3, 0], [3, 3], [0, 3], [1, 0], [2, 0], [3, 1], [3, 2], [1, 3], [2, 3]]
    .concat([[0, 1], [0, 2], [1, 1], [2, 1], [1, 2], [2, 2]]);
  for (const [k, [i, j]] of expected.entries()) {
    assertNear(square[k], [third(i), third(j)], `node ${k}`);
  }
  const triangle = placesOf(69, 10);
  const places = [[0, 0], [3, 0], [0, 3], [1, 0], [2, 0], [2, 1], [1, 2], [0, 2], [0, 1], [1, 1]];
  for (const [k, [i, j]] of places.entries()) assertNear(triangle[k], [i / 3, j / 3], `node ${k}`);
  // Without nodes within: the polygon around the triangle.
  assertNear(placesOf(7, 9)[1], [1 / 3, 0], "node 1");
  assertNear(placesOf(7, 9)[3], [1, 0], "node 3");
});

for (const name of ["parts_22", "parts_41"]) {
  Deno.test(`openMeshFile() reads the parts of a partitioned mesh as one: ${name}`, async () => {
    const mesh = await read(`${name}.msh`);
    assert.equal(mesh.cells.types.length, EXPECTED.parts.tetrahedra);
    const groups = [...mesh.cellData.read("physical").values as Int32Array];
    assert.ok(groups.every((group) => group === 5));
  });
}

Deno.test("openMeshFile() names versions of Gmsh that are not read, and damage", () =>
  inTemporaryDirectory(async (directory) => {
    const path = join(directory, "mesh.msh");
    const text = await Deno.readTextFile(join(FIXTURES, "plate_41_text.msh"));
    const cases: readonly [string, RegExp][] = [
      [text.replace("4.1 0 8", "4 0 8"), /version must be 2\.2 or 4\.1, received "4"; .*gmsh/],
      ["$NOD\n1\n1 0 0 0\n$ENDNOD\n", /version must be .*received "1"/],
      [text.slice(0, 700), /cut short/],
      [text.replace("9 18 8 59", "9 1e15 8 59"), /cut short: it states/],
      [text.replace(/\$Nodes[^]*\$EndNodes\n/, ""), /\$Nodes is missing/],
      [text.replace("\n8\n0 0 0", "\n8\n0 x 0"), /expected a number, found "x"/],
      [text.replace("\n8\n", "\n9\n"), /has the node 8, which does not exist/],
      [text.replace("\n8\n", "\n11\n"), /two of its nodes have one tag/],
    ];
    for (const [content, message] of cases) {
      await Deno.writeTextFile(path, content);
      await assert.rejects(async () => await (await openMeshFile(path)).read(0), (error: Error) => {
        assert.ok(error instanceof DataError, `${error}`);
        assert.match(error.message, message);
        return true;
      });
    }
  }));

Deno.test("openMeshFile() reads a mesh that Gmsh wrote again with each view", async () => {
  await inTemporaryDirectory(async (folder) => {
    const once = await Deno.readTextFile(join(FIXTURES, "plate_41_text.msh"));
    const path = join(folder, "appended.msh");
    await Deno.writeTextFile(path, once + once.replaceAll('"p"', '"q"'));
    const source = await openMeshFile(path, { times: "all" });
    const mesh = await source.read(1);
    const first = await read("plate_41_text.msh", 1);
    assert.deepEqual(mesh.points, first.points);
    assert.deepEqual(mesh.cells, first.cells);
    assert.deepEqual(mesh.pointData.read("q"), first.pointData.read("p"));
    await Deno.writeTextFile(path, once + once.replace("\n0 0 0\n", "\n0 0 1\n"));
    await assert.rejects(openMeshFile(path), (error: Error) => {
      assert.ok(error instanceof DataError);
      assert.match(error.message, /\$Nodes must be equal.*to its own file/);
      return true;
    });
  });
});
