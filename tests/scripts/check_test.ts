import assert from "node:assert/strict";
import { join } from "node:path";
import { copyDirectory, edit, fixtures } from "../io/mesh_samples.ts";
import { inTemporaryDirectory } from "../support/temporary_directory.ts";
import { runTask } from "./run_script.ts";

const shipped = "pipeline/datasets/stores/step3d.zarr";

/** Lines of a check. */
async function check(
  ...paths: readonly string[]
): Promise<{ readonly code: number; readonly lines: readonly string[] }> {
  const { code, out, error } = await runTask("check", ...paths);
  assert.doesNotMatch(error, /error/i);
  return { code, lines: out.trimEnd().split("\n") };
}

const UNSEEN = "cannot detect a changed number that is finite, because there are no checksums";
const FIELDS = "fields velocity (2), temperature";

Deno.test("check accepts complete files, and reports damage it cannot detect", async () => {
  const paths = [
    shipped,
    join(fixtures, "v3_raw.zarr"),
    join(fixtures, "v2_blosc.zarr"),
    join(fixtures, "cells.zarr"),
    join(fixtures, "cells.arrow"),
    "tests/fixtures/cases/tiny.safetensors",
    "tests/fixtures/models/darcy.safetensors",
    "tests/fixtures/vtk/surface_ascii.vtp",
  ];
  const { code, lines } = await check(...paths);
  assert.equal(code, 0);
  assert.deepEqual(lines.map((line, i) => line.replace(`${paths[i]}: `, "")), [
    "complete (Zarr, 8 samples in 83 chunks, fields inletSpeed, stepHeight, distance, wall, " +
    "velocity (3), pressure)",
    `complete (Zarr, 3 samples in 16 chunks, ${FIELDS}); ${UNSEEN}`,
    `complete (Zarr, 3 samples in 10 chunks, ${FIELDS}); ${UNSEEN}`,
    `complete (Zarr, 3 samples in 24 chunks, ${FIELDS}); ${UNSEEN}`,
    `complete (Arrow, 3 samples, ${FIELDS}); cannot detect a changed number that is finite, ` +
    "because Arrow has no checksums",
    "complete (48 tensors, dsmpnn-case/1); cannot detect a changed number",
    "complete (17 tensors, haloflow-model/1); cannot detect a changed number",
    "complete (VTK surface, 1 sample of 12 points and 8 cells; fields velocity (3), pressure, " +
    "ids, flag 0 or 1 (µ), small, zero (2); at the cells level, area, i2, u2, u4, u8; of the " +
    "whole mesh TimeValue); cannot detect a changed number",
  ]);
});

Deno.test("check reports that only the chunks of an older store have checksums", () =>
  inTemporaryDirectory(async (directory) => {
    const path = join(directory, "older.zarr");
    copyDirectory(shipped, path);
    edit(join(path, "zarr.json"), { format: "haloflow-meshes/1" }, "attributes");
    const { code, lines } = await check(path);
    assert.equal(code, 0);
    assert.match(
      lines[0],
      /complete .*; cannot detect changed attributes, because only the chunks have checksums$/,
    );
  }));

Deno.test("check reports every problem of a store, then checks the next", () =>
  inTemporaryDirectory(async (directory) => {
    const damaged = join(directory, "damaged.zarr");
    const foreign = join(directory, "foreign.zarr");
    copyDirectory(shipped, damaged);
    Deno.removeSync(join(damaged, "velocity", "c", "0", "0"));
    Deno.truncateSync(join(damaged, "pressure", "c", "1", "0"), 20);
    const chunk = join(damaged, "cellConnectivity", "c", "2");
    const bytes = Deno.readFileSync(chunk);
    Deno.writeFileSync(chunk, bytes.with(30, bytes[30] ^ 1));
    edit(join(damaged, "zarr.json"), { case: "another" }, "attributes");
    copyDirectory(join(fixtures, "v3_raw.zarr"), foreign);
    const velocity = join(foreign, "velocity", "c", "1", "0");
    const numbers = new Float32Array(Deno.readFileSync(velocity).buffer);
    numbers[1] = NaN;
    Deno.writeFileSync(velocity, new Uint8Array(numbers.buffer));
    const missing = join(directory, "missing.zarr");
    const { code, lines } = await check(
      damaged,
      foreign,
      missing,
      join(fixtures, "v3_padded.zarr"),
    );
    assert.equal(code, 1);
    const expected = [
      /^Cannot open mesh store ".*damaged.zarr": its attributes must have the checksum/,
      /^Cannot read chunk "velocity\/c\/0\/0" of ".*damaged.zarr": it is missing/,
      /^Cannot read chunk "pressure\/c\/1\/0" of ".*damaged.zarr": expected checksum/,
      /^Cannot read chunk "cellConnectivity\/c\/2" of ".*damaged.zarr": expected checksum/,
      /^.*damaged.zarr: 4 problems$/,
      /^Cannot use sample 1 \("plate-1"\) .*field "velocity" must be finite, node \d has NaN$/,
      /^.*foreign.zarr: 1 problem$/,
      /^Cannot open ".*missing.zarr": no such file or directory/,
      /^.*missing.zarr: 1 problem$/,
      /^.*v3_padded.zarr: complete/,
    ];
    assert.equal(lines.length, expected.length, lines.join("\n"));
    expected.forEach((line, i) => assert.match(lines[i], line));
  }));

Deno.test("check stops after 100 problems", () =>
  inTemporaryDirectory(async (directory) => {
    const path = join(directory, "endless.zarr");
    copyDirectory(join(fixtures, "v3_raw.zarr"), path);
    const attributes = { chunkCrc32: [1] };
    edit(join(path, "position", "zarr.json"), { shape: [1e15, 2], attributes });
    const { code, lines } = await check(path);
    assert.equal(code, 1);
    assert.equal(lines.length, 102);
    assert.equal(lines.at(-2), "Stopped after 100 problems");
  }));

Deno.test("check names the kind of any file, and what was assumed of it", async () => {
  const { code, lines } = await check(
    "tests/fixtures/io/gmsh/plate_41_text.msh",
    "tests/fixtures/io/openfoam/cavity",
    "deno.json",
    "tests/fixtures/io/zarr/omitted.zarr.zip",
    "docs/darcy.png",
  );
  assert.equal(code, 1);
  const expected = [
    /complete \(Gmsh mesh, 3 samples of 18 points and 22 cells; fields p, u v \(3\), flux, .*\)/,
    /^ {2}note: averaged "flux"/,
    /^ {2}note: array "physical" has the physical groups of dimension 2: 3 "fluid"/,
    /^ {2}note: array "boundary" has the physical groups of dimension 1: 7 "in let"/,
    /complete \(OpenFOAM case, 3 samples of 20 points and 12 cells; at the cells C \(3\), U/,
    /^ {2}note: read one layer of cells/,
    /"deno\.json": it is JSON text; /,
    /deno\.json: 1 problem/,
    /field "nan" must be finite, node 0 has NaN/,
    /sample 1 .*field "nan" must be finite/,
    /omitted\.zarr\.zip: 2 problems/,
    /it is a picture/,
    /darcy\.png: 1 problem/,
  ];
  assert.equal(lines.length, expected.length, lines.join("\n"));
  expected.forEach((line, i) => assert.match(lines[i], line));
});

Deno.test("check decodes plain arrays and tables without names of fields", async () => {
  const sound: readonly (readonly [file: string, what: RegExp])[] = [
    ["arrays/grids.npz", /complete \(arrays of NumPy: a \(4 × 3 × 5\), u .*reynolds \(4\)\)/],
    ["arrays/pdebench.hdf5", /complete \(arrays of HDF5: nu \(4 × 3 × 5\), tensor /],
    ["arrays/scipy.mat", /complete \(arrays of MATLAB: a \(4 × 3 × 5\), u /],
    ["tables/pandas.csv", /complete \(table of points: .*load \(30\)\)/],
  ];
  for (const [file, what] of sound) {
    const { code, lines } = await check(`tests/fixtures/io/${file}`);
    assert.equal(code, 0, file);
    assert.match(lines.join("\n"), what);
    assert.match(lines.join("\n"), /note: What they mean is named .*--axes/);
  }
  const { code, lines } = await check("tests/fixtures/io/arrays/times.hdf5");
  assert.equal(code, 1);
  assert.match(lines.join("\n"), /compressed by the filter "lzf".*\n.*: 1 problem$/);
});
