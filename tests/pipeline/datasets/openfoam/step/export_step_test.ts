import assert from "node:assert/strict";
import {
  exportStep,
  reattachmentLength,
} from "../../../../../pipeline/datasets/openfoam/step/export_step.ts";
import { meshStep } from "../../../../../pipeline/datasets/openfoam/step/step_mesh.ts";
import { elementCentres } from "../../../../../pipeline/datasets/openfoam/point_interpolation.ts";

const mesh = meshStep(0.06, 0.6);
const centres = elementCentres(mesh.points, 3, mesh.hexahedra, 8);
const cellCount = mesh.hexahedra.length / 8;
const scalar = (value: number) => ({
  components: 1,
  internal: new Float64Array(cellCount).fill(value),
  patches: new Map<string, Float64Array>(),
});

/** A flow that is reversed up to x = 0.31. */
const U = {
  components: 3,
  internal: Float64Array.from(
    { length: 3 * cellCount },
    (_, i) => i % 3 === 0 ? centres[i] - 0.31 : 0.5,
  ),
  patches: new Map<string, Float64Array>(),
};

Deno.test("reattachmentLength() finds where the flow along the floor turns", () => {
  assert.ok(Math.abs(reattachmentLength(mesh, U)! - 0.31) < 1e-12);
  assert.equal(reattachmentLength(mesh, { ...U, internal: U.internal.map(Math.abs) }), undefined);
});

Deno.test("exportStep() has no flow on walls and none through the plane of symmetry", () => {
  const { points, cells, pointData } = exportStep(mesh, { U, p: scalar(3), nut: scalar(2) });
  assert.deepEqual([...points], [...Float32Array.from(mesh.points)]);
  assert.deepEqual(cells.connectivity, mesh.hexahedra);
  assert.ok(cells.types.every((type) => type === 12));
  assert.ok([...pointData.p.values].every((value) => value === 3));
  const flow = pointData.U.values as Float32Array;
  let midplane = 0;
  for (let node = 0; node < mesh.points.length / 3; node++) {
    const [x, y, z] = mesh.points.subarray(3 * node, 3 * node + 3);
    const onWall = z === 0 || y === 0 || y === 0.2 || (x <= 0 && y <= 0.06);
    const [u, v, w] = flow.subarray(3 * node, 3 * node + 3);
    if (onWall) assert.deepEqual([u, v, w], [0, 0, 0]);
    else if (z < 0.2) assert.equal(w, 0.5);
    else if (x > -0.3 && x < 1.6) {
      midplane++;
      assert.deepEqual([v, w], [0.5, 0]);
    }
  }
  assert.ok(midplane > 100);
});
