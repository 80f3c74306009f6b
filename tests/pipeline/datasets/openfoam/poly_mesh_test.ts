import assert from "node:assert/strict";
import { buildPolyMesh, polyMeshFiles } from "../../../../pipeline/datasets/openfoam/poly_mesh.ts";
import { cellGeometry } from "./closed_mesh.ts";

/** Two unit cubes side by side along x. */
const points = Float64Array.from(
  [0, 1].flatMap((z) => [0, 1].flatMap((y) => [0, 1, 2].flatMap((x) => [x, y, z]))),
);
const hexahedra = Uint32Array.of(0, 1, 4, 3, 6, 7, 10, 9, 1, 2, 5, 4, 7, 8, 11, 10);
const patches = [{ name: "left", type: "patch" }, { name: "others", type: "wall" }];
const mesh = buildPolyMesh(
  { points, hexahedra },
  patches,
  (corners) => corners.every((p) => p % 3 === 0) ? 0 : 1,
);

Deno.test("buildPolyMesh() lists inner faces first, then patch by patch", () => {
  assert.deepEqual([...mesh.neighbour], [1]);
  assert.deepEqual([...mesh.owner], [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1]);
  assert.deepEqual([...mesh.faces.subarray(0, 4)].sort((a, b) => a - b), [1, 4, 7, 10]);
  assert.deepEqual(mesh.patches, [
    { name: "left", type: "patch", start: 1, count: 1 },
    { name: "others", type: "wall", start: 2, count: 9 },
  ]);
});

Deno.test("buildPolyMesh() turns all faces out of their owners, so that cells are closed", () => {
  for (const { openness, volume } of cellGeometry(mesh)) {
    assert.ok(openness < 1e-15);
    assert.ok(Math.abs(volume - 1) < 1e-15);
  }
});

Deno.test("polyMeshFiles() writes OpenFOAM's lists", () => {
  const files = polyMeshFiles(mesh);
  assert.deepEqual(Object.keys(files), ["points", "faces", "owner", "neighbour", "boundary"]);
  assert.match(files.points, /class vectorField;[^]*\}\n\n12\n\(\n\(0 0 0\)\n\(1 0 0\)\n/);
  assert.match(files.faces, /class faceList;[^]*\n11\n\(\n4\(1 4 10 7\)\n/);
  assert.match(files.neighbour, /class labelList;[^]*\n1\n\(\n1\n\)\n$/);
  assert.match(
    files.boundary,
    /\n2\n\(\nleft \{ type patch; nFaces 1; startFace 1; \}\nothers \{ type wall; /,
  );
});
