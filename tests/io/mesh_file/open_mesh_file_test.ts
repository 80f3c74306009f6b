/** Recognition of files and their refusal. @module */

import assert from "node:assert/strict";
import { join } from "node:path";
import { DataError } from "../../../errors.ts";
import {
  openMeshFile,
  openMeshFiles,
  recogniseFile,
} from "../../../io/mesh_file/open_mesh_file.ts";
import { inTemporaryDirectory } from "../../support/temporary_directory.ts";

const VTU = "tests/fixtures/vtk/cells_inline_zlib.vtu";

/** Bytes or text of a file, its name, and fragments of the error. */
const REFUSED: readonly (readonly [string, string | Uint8Array, RegExp])[] = [
  [
    "mesh.vtu",
    "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n",
    /"[^"]*mesh\.vtu": it is a Git LFS pointer.*git lfs pull/,
  ],
  ["mesh.vtu", "/annex/objects/SHA256E-s12--4d7a.vtu\n", /git-annex pointer.*git annex get/],
  ["data.csv", "version https://git-lfs.github.com/spec/v1\n", /Git LFS pointer/],
  ["data.vtu.dvc", "outs:\n- md5: a304\n  path: data.vtu\n", /DVC pointer.*dvc pull/],
  ["mesh.vtu", "<!DOCTYPE html>\n<html><body>404</body></html>", /web page.*download/],
  ["mesh.vtu", "", /empty file/],
  ["mesh.vtu", Uint8Array.of(0x1f, 0x8b, 8, 0), /gzip.*gunzip --keep/],
  ["run.tar.gz", Uint8Array.of(0x1f, 0x8b, 8, 0), /tar archive.*tar xzf/],
  ["mesh.vtu", "BZh91AY&SY....", /bzip2.*bunzip2/],
  ["mesh.xz", Uint8Array.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0), /compressed by xz.*unxz/],
  ["meshes.zip", Uint8Array.of(0x50, 0x4b, 3, 4, 20, 0), /zip archive.*unzip/],
  ["meshes.tar", "a".repeat(257) + "ustar\0" + "0".repeat(100), /tar archive.*tar xf/],
  ["mesh.nc", Uint8Array.of(0x43, 0x44, 0x46, 1, 0, 0), /netCDF file of version 3.*nccopy/],
  ["mesh.e", Uint8Array.of(0x43, 0x44, 0x46, 2, 0, 0), /Exodus.*pyvista/],
  ["x.case", "FORMAT\ntype: ensight gold\nGEOMETRY\n", /EnSight.*pyvista/],
  ["x.cgns", "@(#)ADF Database Version A02011>", /CGNS.*ParaView/],
  ["x.inp", "** by hand\n*HEADING\n*NODE\n1, 0, 0, 0\n", /Abaqus.*meshio convert ".*" ".*x\.vtu"/],
  ["x.msh", '(0 "GAMBIT to Fluent File")\n(2 3)\n', /ANSYS Fluent.*meshio/],
  ["x.bdf", "$ comment\nSOL 101\nCEND\n", /Nastran.*meshio/],
  ["x.stl", "solid a\n facet normal 0 0 1\n", /STL/],
  ["x.ply", "ply\nformat ascii 1.0\n", /PLY/],
  ["x.obj", "v 0 0 0\nv 1 0 0\n", /OBJ/],
  ["x.pkl", Uint8Array.of(0x80, 4, 0x95, 0), /pickle.*numpy\.savez/],
  ["x.pt", Uint8Array.of(0x50, 0x4b, 3, 4), /PyTorch.*numpy\.savez/],
  ["x.pdf", "%PDF-1.7\n", /PDF/],
  ["x.json", '{ "nodes": [] }', /JSON/],
  ["x.plt", "#!TDV112", /Tecplot.*ParaView/],
  ["x.dat", 'TITLE = "flow"\nVARIABLES = "X", "Y"\nZONE N=3\n', /Tecplot/],
  ["x.csv", "version https://hawser.github.com/spec/v1\n", /Git LFS pointer/],
  ["x.unv", "    -1\n  2411\n", /universal file.*gmsh/],
  ["x.k", "$ by hand\n*KEYWORD\n", /LS-DYNA/],
  ["x.mphtxt", "# Created by COMSOL Multiphysics\n", /COMSOL.*VTK/],
  ["x.inp", "8 1 0 0 0\n1 0 0 0\n", /AVS-UCD.*meshio/],
  ["x.pos", 'View "p" {\n', /view of Gmsh.*gmsh/],
  ["x.zarr/zarr.json", "{}", /"[^"]*x\.zarr": it is a Zarr store/],
  ["x.node", "4 3 0 0\n1 0 0 0\n", /TetGen.*meshio/],
  ["x.zip", 'PK\x03\x04 mesh.vtu <VTKFile type="UnstructuredGrid">', /zip archive/],
  ["x.bin", Uint8Array.of(1, 2, 3, 0, 0), /binary file of an unknown format.*your_own_data/],
  ["x.abc", "just words\n", /text of an unknown format/],
];

async function writeFiles(files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const folder = await Deno.makeTempDir();
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    await Deno.mkdir(join(path, ".."), { recursive: true });
    await (typeof content === "string"
      ? Deno.writeTextFile(path, content)
      : Deno.writeFile(path, content));
  }
  return folder;
}

Deno.test("openMeshFile() names each file that it does not read, with a remedy", async () => {
  for (const [name, content, message] of REFUSED) {
    const folder = await writeFiles({ [name]: content });
    await assert.rejects(openMeshFile(join(folder, name.split("/")[0])), (error: Error) => {
      assert.ok(error instanceof DataError, `${name}: ${error}`);
      assert.match(error.message, message);
      return true;
    });
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("openMeshFile() says where a link without a target leads", async () => {
  const folder = await writeFiles({});
  await Deno.symlink("../.git/annex/objects/Kx/SHA256E-s1--a.vtu", join(folder, "a.vtu"));
  await Deno.symlink("gone.vtu", join(folder, "b.vtu"));
  await assert.rejects(openMeshFile(join(folder, "a.vtu")), /git annex get/);
  await assert.rejects(openMeshFile(join(folder, "b.vtu")), /links to "gone\.vtu"/);
  await assert.rejects(openMeshFile(join(folder, "c.vtu")), /c\.vtu": no such file or directory/);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("openMeshFile() opens a folder in natural order and skips what is no mesh", async () => {
  const mesh = await Deno.readFile(VTU);
  const folder = await writeFiles({
    "run10.vtu": mesh,
    "run2.vtu": mesh,
    "more/run3.vtu": mesh,
    "README.md": "words",
    ".hidden": "",
  });
  const source = await openMeshFile(folder);
  assert.deepEqual(source.samples.map(({ id }) => id), ["run3", "run2", "run10"]);
  assert.match(source.notes!.join(), /README\.md \(a document\)/);
  assert.equal((await source.read(2)).path, join(folder, "run10.vtu"));
  await Deno.remove(folder, { recursive: true });
});

Deno.test("openMeshFile() gives files of one name in several folders distinct ids", async () => {
  const mesh = await Deno.readFile(VTU);
  const folder = await writeFiles({ "a/mesh.vtu": mesh, "b/mesh.vtu": mesh });
  const { samples } = await openMeshFile(folder);
  assert.deepEqual(samples.map(({ id, group }) => [id, group]), [
    ["a/mesh", "a/mesh"],
    ["b/mesh", "b/mesh"],
  ]);
  const named = await openMeshFiles([join(folder, "a/mesh.vtu"), join(folder, "b/mesh.vtu")]);
  assert.deepEqual(named.samples, samples);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("openMeshFile() refuses a folder in which a pointer stands for a mesh", async () => {
  const folder = await writeFiles({
    "a.vtu": await Deno.readFile(VTU),
    "b.vtu": "version https://git-lfs.github.com/spec/v1\n",
  });
  await assert.rejects(openMeshFile(folder), /b\.vtu": it is a Git LFS pointer/);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("openMeshFile() refuses a folder without meshes by what is in it", async () => {
  const empty = await writeFiles({});
  await assert.rejects(openMeshFile(empty), /folder without files/);
  await Deno.writeTextFile(join(empty, "x.json"), "{}");
  await assert.rejects(openMeshFile(empty), /none of its 1 files.*"x\.json" is JSON/);
  await Deno.remove(empty, { recursive: true });
});

Deno.test("recogniseFile() finds the format of a mesh", async () => {
  assert.equal((await recogniseFile(VTU)).format?.name, "VTK XML mesh");
});

Deno.test("openMeshFile() leaves HDF5 files of a folder to its XDMF files", async () => {
  await inTemporaryDirectory(async (folder) => {
    for (const name of ["meshio_hdf.xdmf", "meshio_hdf.h5"]) {
      await Deno.copyFile(join("tests/fixtures/xdmf", name), join(folder, name));
    }
    const source = await openMeshFile(folder);
    assert.equal(source.format, "XDMF");
    assert.deepEqual(source.samples.map(({ id }) => id), ["meshio_hdf"]);
    assert.ok((await source.read(0)).pointCount > 0);
  });
});
