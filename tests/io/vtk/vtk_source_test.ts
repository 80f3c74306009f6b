/** Files of all kinds of VTK's XML formats, against what VTK reads from them. @module */

import assert from "node:assert/strict";
import { join } from "node:path";
import { DataError } from "../../../errors.ts";
import { gatherTuples } from "../../../io/mesh_file/lazy_arrays.ts";
import type { FileMesh } from "../../../io/mesh_file/mesh_file.ts";
import { createMeshStore, openMeshStore } from "../../../io/mesh_store.ts";
import { openMeshFile } from "../../../io/mesh_file/open_mesh_file.ts";
import {
  closeFaces,
  facesOf,
  nodesOfCell,
  POLYHEDRON,
  renumberCells,
} from "../../../io/polyhedra.ts";
import { writeVtu } from "../../../io/vtk/write_vtk.ts";
import { assertAsExpected, chunks, type Expected, lists, tuples } from "./expected_mesh.ts";
import { inTemporaryDirectory } from "../../support/temporary_directory.ts";

const FOLDER = "tests/fixtures/vtk/meshes";

const EXPECTED: Readonly<Record<string, Expected>> = JSON.parse(
  Deno.readTextFileSync(`${FOLDER}/expected.json`),
);

/** Files of which VTK reads the same numbers in the same order; voxels and pixels are turned. */
const WHOLE = Object.keys(EXPECTED).filter((name) =>
  !/^(parallel|ghosts|blocks|parti|hidden)/.test(name)
);
/** Files of several pieces: points are numbered in another order, each once. */
const JOINED = Object.keys(EXPECTED).filter((name) => /^(parallel|ghosts|blocks|parti)/.test(name));

async function readOnly(name: string): Promise<FileMesh> {
  const source = await openMeshFile(join(FOLDER, name));
  assert.equal(source.samples.length, 1);
  return await source.read(0);
}

for (const name of WHOLE) {
  Deno.test(`openMeshFile() reads ${name} as VTK does`, async () => {
    assertAsExpected(await readOnly(name), EXPECTED[name], /vt[irs]$/.test(name));
  });
}

/** Values of points by place, and the places of the points of each cell, sorted. */
function byPlace(points: readonly (readonly number[])[], cells: readonly (readonly number[])[]) {
  const places = points.map((point) => point.map((x) => Math.fround(x) + 0).join());
  return { places, cells: cells.map((cell) => cell.map((p) => places[p]).sort().join(";")) };
}

for (const name of JOINED) {
  Deno.test(`openMeshFile() joins the pieces of ${name} to what was divided`, async () => {
    const mesh = await readOnly(name);
    const expected = EXPECTED[name];
    const found = byPlace(
      chunks(mesh.points, 3),
      Array.from(mesh.cells.types, (_, cell) => nodesOfCell(mesh.cells, cell)),
    );
    const right = byPlace(expected.points, expected.cells);
    assert.deepEqual(found.places.toSorted(), right.places.toSorted());
    assert.deepEqual(found.cells.toSorted(), right.cells.toSorted());
    assert.equal(mesh.ghostPoints, undefined);
    assert.equal(mesh.ghostCells, undefined);
    for (const [array, rows] of Object.entries(lists(expected.cellData))) {
      const actual = tuples(mesh.cellData)[array];
      for (const [row, cell] of found.cells.entries()) {
        assert.deepEqual(actual[row], rows[right.cells.indexOf(cell)], `${array} ${cell}`);
      }
    }
    for (const [array, rows] of Object.entries(lists(expected.pointData))) {
      if (array === "only here") continue;
      const actual = tuples(mesh.pointData)[array];
      for (const [row, place] of found.places.entries()) {
        const value = rows[right.places.indexOf(place)];
        assert.deepEqual(actual[row].map(Math.fround), value.map(Math.fround), `${array} ${place}`);
      }
    }
  });
}

Deno.test("openMeshFile() leaves out arrays that only some blocks have, with a note", async () => {
  const mesh = await readOnly("blocks.vtm");
  assert.ok(!mesh.pointData.names.includes("only here"));
  assert.match(mesh.notes.join("; "), /point arrays that only some blocks have: only here/);
  assert.match(mesh.notes.join("; "), /Merged 3 points where blocks meet/);
});

Deno.test("openMeshFile() notes values that differ where pieces meet", async () => {
  await inTemporaryDirectory(async (directory) => {
    for (const k of [0, 1]) {
      const points = `${k} 0 0 ${k + 1} 0 0 ${k + 1} 1 0 ${k} 1 0`;
      const arrays = (name: string, type: string, text: string, width = 1) =>
        `<DataArray type="${type}" Name="${name}" NumberOfComponents="${width}">${text}` +
        "</DataArray>";
      await Deno.writeTextFile(
        join(directory, `run_${k}.vtu`),
        vtkFile(
          "UnstructuredGrid",
          '<Piece NumberOfPoints="4" NumberOfCells="1"><PointData>' +
            arrays("p", "Float64", `1 2 3 ${k}`) + arrays("q", "Int32", "5 5 5 5") +
            `</PointData><Points>${arrays("Points", "Float64", points, 3)}</Points><Cells>` +
            arrays("connectivity", "Int64", "0 1 2 3") + arrays("offsets", "Int64", "4") +
            arrays("types", "UInt8", "9") + "</Cells></Piece>",
        ),
      );
    }
    const path = join(directory, "run.pvtu");
    const pieces = '<Piece Source="run_0.vtu"/><Piece Source="run_1.vtu"/>';
    await Deno.writeTextFile(path, vtkFile("PUnstructuredGrid", pieces));
    const { pointData, pointCount, notes } = await (await openMeshFile(path)).read(0);
    assert.equal(pointCount, 6);
    assert.deepEqual([...pointData.read("q").values], [5, 5, 5, 5, 5, 5]);
    assert.deepEqual([...pointData.read("p").values], [1, 2, 3, 0, 2, 3]);
    assert.deepEqual(notes, [
      "Merged 2 points where pieces meet",
      '"p" differs at 2 points where pieces meet: the value of the first was used',
    ]);
  });
});

Deno.test("openMeshFile() prefers the values of points of grids that are no copies", async () => {
  await inTemporaryDirectory(async (directory) => {
    const whole = 'WholeExtent="0 3 0 0 0 0"';
    const piece = (extent: string, values: string, ghosts: string) =>
      vtkFile(
        "ImageData",
        `<Piece Extent="${extent}"><PointData><DataArray type="Float64" Name="p">${values}` +
          `</DataArray><DataArray type="UInt8" Name="vtkGhostType">${ghosts}</DataArray>` +
          "</PointData></Piece>",
        whole,
      );
    const write = (name: string, text: string) => Deno.writeTextFile(join(directory, name), text);
    await write("a.vti", piece("0 2 0 0 0 0", "0 1 -99", "0 0 1"));
    await write("b.vti", piece("1 3 0 0 0 0", "-99 2 3", "1 0 0"));
    for (const names of [["a", "b"], ["b", "a"]]) {
      const extents: Record<string, string> = { a: "0 2 0 0 0 0", b: "1 3 0 0 0 0" };
      const pieces = names.map((name) => `<Piece Extent="${extents[name]}" Source="${name}.vti"/>`);
      await write("c.pvti", vtkFile("PImageData", pieces.join(""), whole));
      const mesh = await (await openMeshFile(join(directory, "c.pvti"))).read(0);
      assert.deepEqual([...mesh.pointData.read("p").values], [0, 1, 2, 3]);
      assert.deepEqual(mesh.gridShape, [4]);
      assert.equal(mesh.ghostPoints, undefined);
    }
  });
});

Deno.test("openMeshFile() assembles the pieces in one file of a grid", async () => {
  await inTemporaryDirectory(async (directory) => {
    const array = (name: string, values: string, width = 1) =>
      `<DataArray type="Int32" Name="${name}" NumberOfComponents="${width}">${values}</DataArray>`;
    const piece = (extent: string, points: string, p: string, c: string) =>
      `<Piece Extent="${extent}"><PointData>${array("p", p)}</PointData><CellData>` +
      `${array("c", c)}</CellData><Points>${array("", points, 3)}</Points></Piece>`;
    const path = join(directory, "a.vts");
    const text = vtkFile(
      "StructuredGrid",
      piece("1 2 0 1 0 0", "1 0 0 2 0 0 1 1 0 2 1 0", "1 2 4 5", "8") +
        piece("0 1 0 1 0 0", "0 0 0 1 0 0 0 1 0 1 1 0", "0 1 3 4", "7"),
      'WholeExtent="0 2 0 1 0 0"',
    );
    await Deno.writeTextFile(path, text);
    const { points, pointData, cellData, gridShape } = await (await openMeshFile(path)).read(0);
    assert.deepEqual(chunks(points, 3), [
      [0, 0, 0],
      [1, 0, 0],
      [2, 0, 0],
      [0, 1, 0],
      [1, 1, 0],
      [2, 1, 0],
    ]);
    assert.deepEqual([...pointData.read("p").values], [0, 1, 2, 3, 4, 5]);
    assert.deepEqual([...cellData.read("c").values], [7, 8]);
    assert.deepEqual(gridShape, [2, 3]);
  });
});

Deno.test("openMeshFile() assembles rectilinear grids in several files", async () => {
  await inTemporaryDirectory(async (directory) => {
    const axis = (values: string) => `<DataArray type="Float32">${values}</DataArray>`;
    const piece = (extent: string, x: string, p: string) =>
      vtkFile(
        "RectilinearGrid",
        `<Piece Extent="${extent}"><PointData><DataArray type="Float64" Name="p">${p}</DataArray>` +
          `</PointData><Coordinates>${axis(x)}${axis("0 2")}${axis("7")}</Coordinates></Piece>`,
        'WholeExtent="0 3 0 1 0 0"',
      );
    const write = (name: string, text: string) => Deno.writeTextFile(join(directory, name), text);
    await write("a.vtr", piece("0 1 0 1 0 0", "0 0.5", "0 1 4 5"));
    await write("b.vtr", piece("1 3 0 1 0 0", "0.5 3 4", "1 2 3 5 6 7"));
    const pieces = '<Piece Extent="0 1 0 1 0 0" Source="a.vtr"/>' +
      '<Piece Extent="1 3 0 1 0 0" Source="b.vtr"/>';
    const whole = 'WholeExtent="0 3 0 1 0 0"';
    await write("c.pvtr", vtkFile("PRectilinearGrid", pieces, whole));
    const { points, pointData, gridShape } = await (await openMeshFile(directory)).read(0);
    assert.deepEqual(
      chunks(points, 3),
      [0, 2].flatMap((y) => [0, 0.5, 3, 4].map((x) => [x, y, 7])),
    );
    assert.deepEqual([...pointData.read("p").values], [0, 1, 2, 3, 4, 5, 6, 7]);
    assert.deepEqual(gridShape, [2, 4]);
    await write("a.vtr", piece("0 1 0 1 0 0", "0 0.5", "0 1 4 5").replaceAll("Rectilinear", "X"));
    await assert.rejects(
      async () => await (await openMeshFile(join(directory, "c.pvtr"))).read(0),
      /a.vtr": it must be a VTK file of type .*, received <VTKFile> XGrid/,
    );
  });
});

Deno.test("openMeshFile() marks hidden cells, and the points that only they use", async () => {
  const { ghostCells, ghostPoints, gridShape, cellData } = await readOnly("hidden.vti");
  assert.deepEqual([...ghostCells!], [1, 0, 0, 0, 0, 0]);
  assert.deepEqual([...ghostPoints!].flatMap((ghost, k) => ghost ? [k] : []), [0, 12]);
  assert.equal(gridShape, undefined);
  assert.deepEqual(cellData.names, ["material"]);
});

Deno.test("openMeshFile() gives the shape of a grid, the last axis fastest", async () => {
  assert.deepEqual((await readOnly("image.vti")).gridShape, [2, 3, 4]);
  assert.deepEqual((await readOnly("rectilinear.vtr")).gridShape, [3, 4]);
  assert.deepEqual((await readOnly("parallel.pvti")).gridShape, [2, 3, 5]);
});

Deno.test("openMeshFile() reads the time of a file, encoded or not", async () => {
  for (const name of ["polyhedra.vtu", "polyhedra_ascii.vtu", "polyhedra_appended.vtu"]) {
    assert.equal((await openMeshFile(join(FOLDER, name))).samples[0].time, 0.25, name);
  }
});

Deno.test("openMeshFile() knows points of grids and times of pieces before reading", async () => {
  const known = async (name: string) => (await openMeshFile(join(FOLDER, name))).samples[0];
  assert.equal((await known("image.vti")).pointCount, 24);
  assert.equal((await known("parallel.pvts")).pointCount, 30);
  assert.equal((await known("blocks.vtm")).time, 0.25);
});

Deno.test("a folder with blocks, and blocks of some of their parts, is one mesh", async () => {
  await inTemporaryDirectory(async (directory) => {
    await Deno.mkdir(join(directory, "blocks"));
    for (const name of ["blocks.vtm", "blocks/blocks_0.vtu", "blocks/blocks_2.vtu"]) {
      await Deno.copyFile(join(FOLDER, name), join(directory, name));
    }
    await Deno.writeTextFile(
      join(directory, "blocks/boundary.vtm"),
      vtkFile("vtkMultiBlockDataSet", '<DataSet file="blocks_2.vtu"/>'),
    );
    const { samples } = await openMeshFile(directory);
    assert.deepEqual(samples.map(({ id }) => id), ["blocks"]);
  });
});

Deno.test("steps in files of ascending times are one case, others are not", async () => {
  await inTemporaryDirectory(async (directory) => {
    const text = await Deno.readTextFile(join(FOLDER, "polyhedra_ascii.vtu"));
    const write = async (name: string, time: number) => {
      const timed = text.replace(/(Name="TimeValue"[^>]*>)[^<]*/, `$1 ${time} `);
      await Deno.writeTextFile(join(directory, name), timed);
    };
    for (const k of [1, 2, 10]) await write(`flow_${k}.vtu`, k / 4);
    for (const k of [1, 2]) await write(`steady_${k}.vtu`, 300 / k);
    const { samples, notes } = await openMeshFile(directory);
    assert.deepEqual(samples.map(({ group }) => group), [
      "flow",
      "flow",
      "flow",
      "steady_1",
      "steady_2",
    ]);
    assert.deepEqual(notes, ['3 files "flow*" have ascending times: they are steps of one case']);
  });
});

Deno.test("openMeshFile() reads the steps of a .pvd file as samples of one case", async () => {
  const path = join(FOLDER, "series.pvd");
  const last = await openMeshFile(path);
  assert.deepEqual(last.samples, [{ id: "series_t1", group: "series", time: 1 }]);
  assert.match(last.notes!.join(), /Read time 1 of the 3 time steps/);
  const all = await openMeshFile(path, { times: "all" });
  assert.deepEqual(all.samples.map(({ time }) => time), [0, 0.5, 1]);
  assert.equal(all.files.length, 4);
  const starts = [];
  for (const index of [0, 1, 2]) starts.push((await all.read(index)).pointData.read("p").values[0]);
  assert.deepEqual(starts, [starts[0], Number(starts[0]) + 0.5, Number(starts[0]) + 1]);
  assert.deepEqual((await openMeshFile(path, { times: [0.5] })).samples[0].id, "series_t0.5");
  await assert.rejects(() => openMeshFile(path, { times: [0.7] }), {
    name: "DataError",
    message: /Cannot read time 0.7 of ".*series.pvd": no such time step, known: 0, 0.5, 1/,
  });
});

Deno.test("openMeshFile() reads .series files, and a folder with one as the series", async () => {
  await inTemporaryDirectory(async (directory) => {
    for (const k of [0, 1, 2]) {
      await Deno.copyFile(`${FOLDER}/series/step_${k}.vti`, join(directory, `step_${k}.vti`));
    }
    const path = join(directory, "wave.vti.series");
    const files = [0, 1, 2].map((k) => ({ name: `step_${k}.vti`, time: 2 - k }));
    const series = (list: unknown) =>
      Deno.writeTextFile(path, JSON.stringify({ "file-series-version": "1.0", files: list }));
    await series(files);
    for (const place of [path, directory]) {
      const { samples, read } = await openMeshFile(place);
      assert.deepEqual(samples, [{ id: "wave_t2", group: "wave", time: 2 }]);
      assert.equal((await read(0)).pointCount, 24);
    }
    await series([{ name: "none.vti", time: 1 }, { name: "step_1.vti", time: 3 }]);
    assert.deepEqual((await openMeshFile(path)).files, [path, join(directory, "step_1.vti")]);
    await series([{ name: "none.vti", time: 1 }]);
    await assert.rejects(() => openMeshFile(path), /names "none.vti", which must be at/);
    await series([]);
    await assert.rejects(() => openMeshFile(path), /it names no files/);
    await series([{ name: "step_0.vti", time: "now" }]);
    await assert.rejects(() => openMeshFile(path), /its series are invalid: files.0.time/);
  });
});

Deno.test("a damaged array matters only if it is read", async () => {
  await inTemporaryDirectory(async (directory) => {
    const path = join(directory, "a.vtu");
    const text = await Deno.readTextFile(join(FOLDER, "polyhedra_ascii.vtu"));
    await Deno.writeTextFile(path, text.replace(/(Name="U"[^>]*>)[^<]*/, "$1 no numbers"));
    const { pointData } = await (await openMeshFile(path)).read(0);
    assert.equal(pointData.read("p").values.length, 12);
    assert.throws(() => pointData.read("U"), {
      name: "DataError",
      message: /array "U" of ".*a.vtu"/,
    });
    assert.throws(() => pointData.read("q"), {
      name: "DataError",
      message: /no array of that name/,
    });
  });
});

Deno.test("writeVtu() writes polyhedra that VTK's reader and ours read back", async () => {
  await inTemporaryDirectory(async (directory) => {
    const { points, cells } = await readOnly("polyhedra.vtu");
    await writeVtu(join(directory, "a.vtu"), { points, cells, pointData: {} });
    const written = await (await openMeshFile(join(directory, "a.vtu"))).read(0);
    assert.deepEqual(written.cells, cells);
  });
});

Deno.test("polyhedra keep their faces through a store, renumbering and a .vtu file", async () => {
  await inTemporaryDirectory(async (directory) => {
    const { points, cells, pointData } = await readOnly("polyhedra.vtu");
    const writer = await createMeshStore(join(directory, "a.zarr"), {
      case: "solid",
      dimensions: 3,
      fields: { p: { components: 1, unit: "" } },
      cells: true,
      splits: { train: [0] },
    });
    // The points in reverse order.
    const order = Uint32Array.from({ length: 12 }, (_, point) => 11 - point);
    const turned = gatherTuples({ values: points, components: 3 }, order).values;
    await writer.add({
      id: "a",
      position: Float32Array.from(turned as ArrayLike<number>),
      fields: { p: Float32Array.from(pointData.read("p").values as ArrayLike<number>) },
      cells: renumberCells(cells, order),
    });
    await writer.close();
    const store = await openMeshStore(join(directory, "a.zarr"));
    const sample = await store.read(0, { cells: true });
    const path = join(directory, "a.vtu");
    await writeVtu(path, { points: sample.position, cells: sample.cells!, pointData: {} });
    const written = await (await openMeshFile(path)).read(0);
    assert.deepEqual(renumberCells(written.cells, order), cells);
  });
});

Deno.test("renumberCells() drops faces whose nodes become one", () => {
  const entry = closeFaces([[0, 1, 2, 3], [0, 1, 4], [1, 2, 4], [2, 3, 4], [3, 0, 4]]);
  const cells = {
    connectivity: Uint32Array.from([...entry, 0, 1]),
    offsets: Uint32Array.of(0, entry.length, entry.length + 2),
    types: Uint8Array.of(POLYHEDRON, 3),
  };
  const { connectivity, offsets } = renumberCells(cells, Uint32Array.of(0, 1, 2, 2, 3));
  const faces = facesOf(connectivity.subarray(0, offsets[1]));
  assert.deepEqual(faces, [[0, 1, 2], [0, 1, 3], [1, 2, 3], [2, 0, 3]]);
  assert.deepEqual([...connectivity.subarray(offsets[1])], [0, 1]);
  assert.equal(facesOf([0, 1, 0]), undefined);
  assert.equal(facesOf([0, 1, 2]), undefined);
});

Deno.test("a piece of another file has a note and shares its case", async () => {
  await inTemporaryDirectory(async (directory) => {
    for (const name of ["ghosts.pvtu", "ghosts/ghosts_0.vtu", "ghosts/ghosts_1.vtu"]) {
      await Deno.mkdir(join(directory, name, ".."), { recursive: true });
      await Deno.copyFile(join(FOLDER, name), join(directory, name));
    }
    const { notes, samples } = await openMeshFile(join(directory, "ghosts/ghosts_1.vtu"));
    assert.match(notes!.join(), /"ghosts_1.vtu" is a piece of "ghosts.pvtu": read that file/);
    assert.equal(samples[0].group, "ghosts");
    const { samples: complete, files } = await openMeshFile(directory);
    assert.deepEqual(complete.map(({ id }) => id), ["ghosts"]);
    assert.equal(files.length, 3);
    await Deno.remove(join(directory, "ghosts/ghosts_1.vtu"));
    await assert.rejects(() => openMeshFile(join(directory, "ghosts.pvtu")), {
      name: "DataError",
      message: /ghosts.pvtu": it names "ghosts_1.vtu", which must be at ".*": no such file/,
    });
  });
});

/** A file of VTK's XML of a type. */
function vtkFile(type: string, content: string, attributes = ""): string {
  return `<VTKFile type="${type}"><${type} ${attributes}>${content}</${type}></VTKFile>`;
}

for (
  const [what, name, text, message] of [
    [
      "a file that names itself",
      "a.vtm",
      vtkFile("vtkMultiBlockDataSet", '<DataSet file="a.vtm"/>'),
      /must be nested at most 8 deep; one of them names itself/,
    ],
    [
      "a piece that is named twice",
      "a.pvtu",
      vtkFile("PUnstructuredGrid", '<Piece Source="b.vtu"/><Piece Source="b.vtu"/>'),
      /it names ".*b.vtu" more than once/,
    ],
    [
      "a grid of quadrillions of points",
      "a.vti",
      vtkFile(
        "ImageData",
        '<Piece Extent="0 99999 0 99999 0 99999"/>',
        'WholeExtent="0 99999 0 99999 0 99999"',
      ),
      /it states 100000 x 100000 x 100000 points, more than a file of \d+ bytes can hold/,
    ],
    [
      "a grid that its pieces do not fill",
      "a.vti",
      vtkFile("ImageData", '<Piece Extent="0 1 0 1 0 0"/>', 'WholeExtent="0 2 0 1 0 0"'),
      /its pieces must fill the grid of 6 points/,
    ],
    [
      "a piece outside of its grid",
      "a.vti",
      vtkFile("ImageData", '<Piece Extent="0 3 0 1 0 0"/>', 'WholeExtent="0 2 0 1 0 0"'),
      /extent of a piece must be within 0 2 0 1 0 0, received 0 3 0 1 0 0/,
    ],
    [
      "an extent of words",
      "a.vti",
      vtkFile("ImageData", '<Piece Extent="0 1 0 1 0 0"/>', 'WholeExtent="a b"'),
      /WholeExtent of <ImageData> must be 6 integers, received "a b"/,
    ],
    [
      "several time steps in one file",
      "a.vtu",
      vtkFile("UnstructuredGrid", '<DataArray Name="p" TimeStep="1"/>', 'TimeValues="0 1"'),
      /array "p" belongs to one of several time steps; save each to a separate file/,
    ],
    [
      "a series without files",
      "a.pvd",
      vtkFile("Collection", ""),
      /a.pvd": it names no files/,
    ],
    [
      "a time that is no number",
      "a.pvd",
      vtkFile("Collection", '<DataSet timestep="now" file="b.vtu"/>'),
      /must have a finite timestep and a file, received "now" and "b.vtu"/,
    ],
    [
      "a type of VTK without points",
      "a.htg",
      vtkFile("HyperTreeGrid", ""),
      /a.htg": it is a VTK file of a type that is not read, .*; open it in ParaView and save/,
    ],
  ] as const
) {
  Deno.test(`openMeshFile() refuses ${what}`, async () => {
    await inTemporaryDirectory(async (directory) => {
      const path = join(directory, name);
      await Deno.writeTextFile(path, text);
      await assert.rejects(async () => await (await openMeshFile(path)).read(0), (error) => {
        assert.ok(error instanceof DataError, String(error));
        assert.match(error.message, message);
        return true;
      });
    });
  });
}
