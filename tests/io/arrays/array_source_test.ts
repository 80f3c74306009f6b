import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findOrder } from "../../../io/arrays/array_order.ts";
import { openMeshFile } from "../../../io/mesh_file/open_mesh_file.ts";
import type { FileMesh, SourceOptions } from "../../../io/mesh_file/mesh_file.ts";
import { matchAxes } from "../../../io/arrays/match_axes.ts";
import { inTemporaryDirectory } from "../../support/temporary_directory.ts";

/** Written by `write_arrays.py`: at x = i, y = j, sample s has 100 s + 10 i + j, or its negative. */
const fixture = (name: string) =>
  fileURLToPath(new URL(`../../fixtures/io/arrays/${name}`, import.meta.url));

const SHAPE = [3, 5];
const SAMPLES = 4;
const XY = { axes: ["sample", "x", "y"] };

/** Values of a sample at the nodes, the last axis fastest. */
function valuesOf(sample: number, sign = 1): number[] {
  const at = (node: number) => 100 * sample + 10 * Math.floor(node / 5) + node % 5;
  return Array.from({ length: 15 }, (_, node) => sign * at(node) + 0);
}

function column({ pointData }: FileMesh, name: string): number[] {
  // Integers have no -0.
  return Array.from(pointData.read(name).values as ArrayLike<number>, (x) => Number(x) + 0);
}

async function checkGrids(
  file: string,
  [input, target]: readonly [string, string],
  options: SourceOptions,
): Promise<FileMesh> {
  const source = await openMeshFile(fixture(file), {
    inputs: [input],
    targets: [target],
    ...options,
  });
  assert.equal(source.samples.length, SAMPLES, file);
  assert.equal(new Set(source.samples.map(({ group }) => group)).size, SAMPLES);
  for (const sample of [0, 3]) {
    const mesh = await source.read(sample);
    assert.deepEqual(mesh.gridShape, SHAPE);
    assert.deepEqual(column(mesh, input), valuesOf(sample), file);
    assert.deepEqual(column(mesh, target), valuesOf(sample, -1), file);
  }
  return await source.read(0);
}

Deno.test("Grids of HDF5 have the axes that their coordinates give, unreversed", async () => {
  const { points, axes, notes, cells } = await checkGrids("pdebench.hdf5", ["nu", "tensor"], {});
  assert.equal(axes, 2);
  const expected = [0.5, 1.5, 2.5].flatMap((x) => [0.1, 0.2, 0.3, 0.4, 0.5].map((y) => [x, y]));
  assert.ok(expected.flat().every((value, k) => Math.abs(value - points[k]) < 1e-6));
  const text = notes.join("\n");
  assert.match(text, /nu sample,x,y; tensor sample,1,x,y/);
  assert.match(text, /Coordinates are the arrays x-coordinate, y-coordinate/);
  // Counter-clockwise: from (0, 0) along x first.
  assert.deepEqual([...cells.connectivity.slice(0, 4)], [0, 5, 6, 1]);
});

Deno.test("Arrays of MATLAB are read in MATLAB's order, others as they are", async () => {
  for (const file of ["matlab_order.mat", "c_order.mat", "scipy.mat"]) {
    const { points, notes } = await checkGrids(file, ["a", "u"], XY);
    // From 0 to 1 along the longest side.
    assert.deepEqual([...points.slice(0, 4)], [0, 0, 0, 0.25]);
    assert.equal(/MATLAB's order/.test(notes.join()), file === "matlab_order.mat");
    assert.match(notes.join(), /evenly from 0 to 1 along its longest side/);
  }
});

Deno.test("Arrays of NumPy have any order, type and byte order", async () => {
  const { fieldData } = await checkGrids("grids.npz", ["a", "u"], {
    ...XY,
    others: ["reynolds"],
  });
  assert.deepEqual([...fieldData.read("reynolds").values], [10]);
  for (const name of ["plain", "fortran"]) {
    const source = await openMeshFile(fixture(`${name}.npy`), { inputs: [name], ...XY });
    assert.deepEqual(column(await source.read(2), name), valuesOf(2));
  }
  // The axes of an image: rows along y.
  const turned = await openMeshFile(fixture("plain.npy"), {
    inputs: ["plain"],
    axes: ["sample", "y", "x"],
  });
  const mesh = await turned.read(1);
  assert.deepEqual(mesh.gridShape, [5, 3]);
  assert.deepEqual(column(mesh, "plain").slice(0, 4), [100, 110, 120, 101]);
});

Deno.test("Points of NumPy have the coordinates that --position names", async () => {
  const source = await openMeshFile(fixture("points.npz"), {
    inputs: ["load"],
    targets: ["shift"],
    others: ["known"],
    position: ["points"],
  });
  const mesh = await source.read(0);
  assert.deepEqual([source.samples.length, mesh.axes, mesh.cells.types.length], [1, 2, 0]);
  assert.deepEqual([...mesh.points], [0, 0, 1, 0, 0, 1]);
  assert.deepEqual(column(mesh, "load"), [1, 2, 3]);
  assert.equal(mesh.pointData.read("shift").components, 2);
  assert.deepEqual(column(mesh, "known"), [1, 0, 1]);
});

Deno.test("Time steps of arrays are samples of one case", async () => {
  const options = {
    inputs: ["flow/velocity"],
    axes: ["sample", "time", "x", "y", "component"],
    times: "all",
  } as const;
  const all = await openMeshFile(fixture("times.hdf5"), options);
  assert.equal(all.samples.length, 12);
  assert.deepEqual(all.samples.slice(0, 4).map(({ time }) => time), [0, 0.5, 1, 0]);
  assert.equal(new Set(all.samples.map(({ group }) => group)).size, 4);
  const { pointData } = await all.read(5);
  const { values, components } = pointData.read("flow/velocity");
  assert.equal(components, 2);
  // Sample 1, step 2.
  assert.deepEqual([...values.slice(2, 4)], [2101, -2101]);
  const last = await openMeshFile(fixture("times.hdf5"), { ...options, times: "last" });
  assert.deepEqual(last.samples.map(({ time }) => time), [1, 1, 1, 1]);
});

Deno.test("Grids of netCDF have the axes that their dimensions name", async () => {
  for (
    const [name, position] of [["T", undefined], ["T", ["x", "y"]], ["a", ["lon", "lat"]]] as const
  ) {
    const source = await openMeshFile(fixture("grids.nc"), { targets: [name], position });
    assert.equal(source.samples.length, 2);
    const { points, pointData } = await source.read(1);
    const { values } = pointData.read(name);
    // 100 per sample, and x + y at every point; NaN, which stands for no value, is nowhere.
    const expected = Array.from(
      { length: values.length },
      (_, k) => 100 + points[2 * k] + points[2 * k + 1],
    );
    assert.deepEqual(Array.from(values as Float64Array), expected, `${name} at ${position}`);
  }
});

Deno.test("findOrder() never takes places for components", () => {
  const fields = { name: "T", shape: [8, 11, 13] };
  const lon = { name: "lon", shape: [13] };
  const lat = { name: "lat", shape: [11] };
  const time = { name: "time", shape: [8] };
  const entries = [fields, lon, lat, time];
  const file = { path: "grid.npz", format: "", entries, notes: [], read: () => Promise.reject() };
  assert.throws(() => findOrder(file, [fields], [lon, lat], {}), /do not state.*--axes/);
  const still = findOrder({ ...file, entries: [fields, lon, lat] }, [fields], [lon, lat], {});
  assert.deepEqual(still.axes.get("T"), ["sample", "y", "x"]);
});

Deno.test("Packed arrays of HDF5 are decoded, a missing value is not a number", async () => {
  const source = await openMeshFile(fixture("times.hdf5"), { inputs: ["packed"], axes: ["x"] });
  const mesh = await source.read(0);
  assert.deepEqual(column(mesh, "packed"), [10.5, 11, NaN, 12]);
});

Deno.test("Half precision and booleans of HDF5 are numbers", async () => {
  const options = { inputs: ["half", "big_half", "flag"], axes: ["sample", "x"] };
  const source = await openMeshFile(fixture("types.hdf5"), options);
  const meshes = [await source.read(0), await source.read(1)];
  // The nearest number of half precision to 1e-7 is 2^-23.
  const half = [[1.5, -2.25, 65504], [2 ** -23, 0, 3.140625]];
  assert.deepEqual(meshes.map((mesh) => column(mesh, "half")), half);
  assert.deepEqual(meshes.map((mesh) => column(mesh, "big_half")), half);
  assert.deepEqual(meshes.map((mesh) => column(mesh, "flag")), [[1, 0, 1], [0, 0, 1]]);
});

Deno.test("Files of arrays ask for what they do not state", async (t) => {
  const refused: readonly [file: string, options: SourceOptions, message: RegExp][] = [
    ["pdebench.hdf5", {}, /must be named by --inputs and --targets; it has nu \(4 × 3 × 5\)/],
    ["pdebench.hdf5", { inputs: ["mu"] }, /no array of that name, did you mean "nu"/],
    ["c_order.mat", { inputs: ["a"] }, /do not state what their axes are: a 4 × 3 × 5; .*--axes/],
    ["plain.npy", { inputs: ["plain"], axes: ["x", "y"] }, /axes, 4 × 3 × 5, must be x, y/],
    ["plain.npy", { inputs: ["plain"], axes: ["samples", "x"] }, /no axis "samples", did you mean/],
    ["plain.npy", { inputs: ["plain"], axes: ["sample", "y"] }, /a grid of 1 dimensions has/],
    ["points.npz", { inputs: ["load"], axes: ["node"] }, /name arrays with them by --position/],
    ["objects.npy", { inputs: ["objects"], ...XY }, /holds Python objects, .* can run programs/],
    ["columns.npy", { inputs: ["columns"], ...XY }, /has named columns; save each/],
    ["grids.npz", { inputs: ["names"], ...XY }, /"names".* holds Python objects/],
    ["types.hdf5", { inputs: ["names"], ...XY }, /"names".* must be an array of numbers/],
    ["times.hdf5", { inputs: ["lzf"], ...XY }, /compressed by the filter "lzf"; .*h5repack/],
  ];
  for (const [file, options, message] of refused) {
    await t.step(`${file}: ${message}`, async () => {
      const open = async () => await (await openMeshFile(fixture(file), options)).read(0);
      await assert.rejects(open, message);
    });
  }
});

Deno.test("A damaged array is refused by its name", async () => {
  const bytes = await Deno.readFile(fixture("plain.npy"));
  const archive = await Deno.readFile(fixture("grids.npz"));
  archive[100] ^= 1;
  await inTemporaryDirectory(async (directory) => {
    const files = { "cut.npy": bytes.slice(0, 300), "flipped.npz": archive };
    for (const [name, content] of Object.entries(files)) {
      const path = join(directory, name);
      await Deno.writeFile(path, content);
      const options = { inputs: [name === "cut.npy" ? "cut" : "a"], ...XY };
      const open = async () => await (await openMeshFile(path, options)).read(0);
      await assert.rejects(open, { name: "DataError" });
    }
  });
});

Deno.test("matchAxes() refuses an array that can mean two things", () => {
  const two = [{ name: "u", shape: [4, 3] }];
  assert.throws(
    () => matchAxes("a.npy", two, ["sample", "x", "component"]),
    /can mean sample,x or x,component; state the order with all axes/,
  );
  const three = [...two, { name: "v", shape: [7, 4, 3] }];
  const { axes } = matchAxes("a.npy", three, ["sample", "x", "component"]);
  assert.deepEqual(axes.get("u"), ["x", "component"]);
});
