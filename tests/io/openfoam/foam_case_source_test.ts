/** Cases of OpenFOAM, solved by it, against its own centres and volumes of cells. @module */

import assert from "node:assert/strict";
import { join } from "node:path";
import { DataError } from "../../../errors.ts";
import type { FileMesh } from "../../../io/mesh_file/mesh_file.ts";
import { openMeshFile } from "../../../io/mesh_file/open_mesh_file.ts";
import { facesOf } from "../../../io/polyhedra.ts";
import { inTemporaryDirectory } from "../../support/temporary_directory.ts";
import { copyDirectory } from "../mesh_samples.ts";

const FIXTURES = "tests/fixtures/io/openfoam";
/** Text files have 12 digits. */
const TOLERANCE = 1e-10;

async function read(name: string): Promise<FileMesh> {
  return await (await openMeshFile(join(FIXTURES, name))).read(0);
}

function values(mesh: FileMesh, name: string): Float64Array {
  return mesh.cellData.read(name).values as Float64Array;
}

/** VTK's faces of cells by type, seen from outside. */
const FACES: Readonly<Record<number, string>> = {
  10: "013 123 203 021",
  12: "0473 1265 0154 3762 0321 4567",
  13: "012 354 0341 1452 2530",
  14: "0321 014 124 234 304",
};

/** The volume of a cell by the divergence theorem: positive if its faces point outwards. */
function volumeOf({ points, cells }: FileMesh, cell: number): number {
  const entry = cells.connectivity.subarray(cells.offsets[cell], cells.offsets[cell + 1]);
  const faces = cells.types[cell] === 42
    ? facesOf(entry)!
    : FACES[cells.types[cell]].split(" ").map((face) => [...face].map((k) => entry[+k]));
  let volume = 0;
  for (const face of faces) {
    const corners = face.map((node) => [...points.subarray(3 * node, 3 * node + 3)]);
    const centre = [0, 1, 2].map((axis) =>
      corners.reduce((sum, corner) => sum + corner[axis], 0) / corners.length
    );
    for (const [k, a] of corners.entries()) {
      const b = corners[(k + 1) % corners.length];
      volume += (centre[0] * (a[1] * b[2] - a[2] * b[1]) + centre[1] * (a[2] * b[0] - a[0] * b[2]) +
        centre[2] * (a[0] * b[1] - a[1] * b[0])) / 6;
    }
  }
  return volume;
}

for (const [name, types] of [["shapes", [12, 14, 13, 10]], ["dual", [12, 42]]] as const) {
  Deno.test(`openMeshFile() joins the faces of OpenFOAM to cells: ${name}`, async () => {
    const mesh = await read(name);
    assert.deepEqual(new Set(mesh.cells.types), new Set(types));
    const volumes = values(mesh, "V");
    assert.equal(volumes.length, mesh.cells.types.length);
    for (const [cell, volume] of volumes.entries()) {
      const actual = volumeOf(mesh, cell);
      assert.ok(Math.abs(actual - volume) < TOLERANCE, `cell ${cell}: ${actual} for ${volume}`);
    }
  });
}

for (const name of ["cavity", "cavity_binary"]) {
  Deno.test(`openMeshFile() reads a solved plane of OpenFOAM: ${name}`, async () => {
    const path = join(FIXTURES, name);
    const source = await openMeshFile(path, { times: "all" });
    assert.deepEqual(source.samples.map(({ time, group }) => [time, group]), [
      [0, name],
      [0.01, name],
      [0.02, name],
    ]);
    assert.equal((await openMeshFile(path)).samples[0].time, 0.02);
    const mesh = await source.read(2);
    assert.equal(mesh.pointCount, 20);
    assert.deepEqual([...mesh.cells.types], Array(12).fill(9));
    assert.deepEqual(mesh.cellData.names, ["C", "U", "grad(U)", "p"]);
    assert.match(mesh.notes.join(), /plane of the empty patch "frontAndBack"/);
    const centres = values(mesh, "C");
    const { connectivity } = mesh.cells;
    for (let cell = 0; cell < 12; cell++) {
      const corners = [...connectivity.subarray(4 * cell, 4 * cell + 4)];
      for (const axis of [0, 1]) {
        const mean = corners.reduce((sum, node) => sum + mesh.points[3 * node + axis], 0) / 4;
        assert.ok(Math.abs(mean - centres[3 * cell + axis]) < TOLERANCE, `cell ${cell}`);
      }
      assert.ok(corners.every((node) => mesh.points[3 * node + 2] === 0));
    }
    assert.deepEqual(
      mesh.cellData.names.map((array) => {
        const { components, unit } = mesh.cellData.read(array);
        return [components, unit];
      }),
      [[3, "m"], [3, "m/s"], [9, "1/s"], [1, "m2/s2"]],
    );
    assert.deepEqual(values(await source.read(0), "U"), new Float64Array(36));
    const velocity = values(mesh, "U");
    assert.ok(velocity[27] > 0 && velocity.some((value) => value < 0), "the lid drags the fluid");
  });
}

Deno.test("openMeshFile() reads the same numbers from text and binary cases", async () => {
  const [text, binary] = [await read("cavity"), await read("cavity_binary")];
  assert.deepEqual(text.cells, binary.cells);
  for (const name of text.cellData.names) {
    const expected = values(binary, name);
    for (const [i, value] of values(text, name).entries()) {
      assert.ok(Math.abs(value - expected[i]) < TOLERANCE, `${name} ${i}`);
    }
  }
});

Deno.test("openMeshFile() reads fields of points, moved points, and a .foam file", () =>
  inTemporaryDirectory(async (directory) => {
    const path = join(directory, "case");
    copyDirectory(join(FIXTURES, "cavity"), path);
    const rows = Array.from({ length: 40 }, (_, node) => node).join("\n");
    await Deno.writeTextFile(
      join(path, "0.02", "pd"),
      "FoamFile { version 2.0; format ascii; class pointScalarField; object pd; }\n" +
        `#include "settings"\ndimensions [0 1 0 0 0 0 0];\ninternalField nonuniform List<scalar> ` +
        `40 (${rows});\nboundaryField { a { code #{ f(); #}; } }\n`,
    );
    const points = await Deno.readTextFile(join(path, "constant/polyMesh/points"));
    await Deno.mkdir(join(path, "0.02/polyMesh"));
    const moved = points.replace("(2 1 0)", "(2 1.5 0)");
    await Deno.writeTextFile(join(path, "0.02/polyMesh/points"), moved);
    await Deno.writeTextFile(join(path, "case.foam"), "");
    const source = await openMeshFile(join(path, "case.foam"), { times: [0.02] });
    const mesh = await source.read(0);
    const { values: numbers, unit } = mesh.pointData.read("pd");
    assert.equal(unit, "m");
    assert.equal(numbers.length, mesh.pointCount);
    const original = [...points.matchAll(/^\((\S+) (\S+) (\S+)\)$/gm)];
    for (const [node, number] of numbers.entries()) {
      const [, x, y] = original[Number(number)].map(Number);
      assert.equal(mesh.points[3 * node], x);
      assert.equal(mesh.points[3 * node + 1], x === 2 && y === 1 ? 1.5 : y);
    }
    assert.ok(source.files.includes(join(path, "0.02/polyMesh/points")));
  }));

Deno.test("openMeshFile() refuses cases in parts, without mesh or times, and damaged ones", () =>
  inTemporaryDirectory(async (directory) => {
    const mesh = (path: string) => join(path, "constant/polyMesh");
    const cases: readonly [(path: string) => void, RegExp][] = [
      [() => {}, /part of one processor.*reconstructPar/],
      [
        (path) => {
          for (const time of ["0.01", "0.02"]) {
            Deno.removeSync(join(path, time), { recursive: true });
          }
          Deno.mkdirSync(join(path, "processor0"));
        },
        /in parts.*reconstructPar -case/,
      ],
      [
        (path) => {
          Deno.mkdirSync(join(path, "constant/fluid"));
          Deno.renameSync(mesh(path), join(path, "constant/fluid/polyMesh"));
        },
        /regions fluid are not read.*foamToVTK -region/,
      ],
      [(path) => Deno.removeSync(mesh(path), { recursive: true }), /no mesh.*blockMesh/],
      [
        (path) => {
          for (const time of ["0", "0.01", "0.02"]) {
            Deno.removeSync(join(path, time), { recursive: true });
          }
        },
        /no folder of a time/,
      ],
      [(path) => cut(join(mesh(path), "faces")), /faces": /],
      [(path) => cut(join(mesh(path), "points")), /points": /],
      [(path) => cut(join(path, "0.02/p")), /p": /],
      [(path) => Deno.removeSync(join(mesh(path), "owner")), /polyMesh\/owner" is missing/],
    ];
    for (const [k, [damage, message]] of cases.entries()) {
      const path = join(directory, k === 0 ? "processor0" : `case${k}`);
      copyDirectory(join(FIXTURES, "cavity"), path);
      damage(path);
      await assert.rejects(async () => {
        const { cellData } = await (await openMeshFile(path)).read(0);
        cellData.read("p");
      }, (error: Error) => {
        assert.ok(error instanceof DataError, `${error.stack}`);
        assert.match(error.message, message);
        return true;
      });
    }
  }));

function cut(path: string): void {
  const text = Deno.readTextFileSync(path);
  Deno.writeTextFileSync(path, text.slice(0, text.lastIndexOf(")") - 30));
}
