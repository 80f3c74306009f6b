import assert from "node:assert/strict";
import type { MeshCells } from "../../../../io/mesh_store.ts";
import { createRecordBatch, type RecordBatch } from "../../../../io/record_batch.ts";
import { forceCoefficients } from "../../../../pipeline/reporting/flow/force_metrics.ts";
import { cellColumns } from "../../../../pipeline/batches/cell_columns.ts";
import {
  bodyFigures,
  bodyOf,
  surfaceOf,
  windowAround,
} from "../../../../pipeline/reporting/flow/flow_columns.ts";
import { MESH } from "../../../../pipeline/batches/batch_schemas.ts";
import { cylinderBody, cylinderMesh, FLOW_COLUMNS, flowRows } from "./cylinder_flow.ts";

const SPEED = 20;
const LIFT = 1.5;
const mesh = cylinderMesh(192);
const cells: MeshCells = {
  connectivity: Uint32Array.from(mesh.cells.connectivity),
  offsets: Uint32Array.from(mesh.cells.offsets),
  types: Uint8Array.from(mesh.cells.types),
};
const truth = flowRows(cylinderBody(SPEED, mesh), SPEED, LIFT);

/** The cylinder as a row of a store converted from AirfRANS. */
function flowBatch(change: Readonly<Record<string, unknown>> = {}): RecordBatch {
  const nodeCount = mesh.position.length / 2;
  const input = new Float32Array(5 * nodeCount);
  for (let node = 0; node < nodeCount; node++) {
    const [x, y] = [mesh.position[2 * node], mesh.position[2 * node + 1]];
    const distance = node < mesh.wallCount ? 0 : Math.hypot(x - 0.5, y) - 0.5;
    input.set([x, y, SPEED, 0, distance], 5 * node);
  }
  return createRecordBatch(MESH, [{
    index: 0,
    id: "cylinder",
    count: 1,
    dimensions: 2,
    position: Float32Array.from(mesh.position),
    input,
    inputNames: ["x", "y", "velocityInlet.x", "velocityInlet.y", "distance"],
    target: truth,
    targetNames: FLOW_COLUMNS,
    units: Array(9).fill(""),
    gridShape: new Uint32Array(0),
    ...cellColumns(cells),
    ...change,
  }]);
}

Deno.test("surfaceOf() marks the nodes at distance 0 if an input has the distance", () => {
  const surface = surfaceOf(flowBatch())!;
  assert.equal(surface.length, mesh.position.length / 2);
  assert.ok(surface.every((mark, node) => mark === (node < mesh.wallCount ? 1 : 0)));
  assert.equal(surfaceOf(flowBatch({ inputNames: ["x", "y", "a", "b", "c"] })), undefined);
});

Deno.test("bodyOf() finds wall, inlet velocity and columns, which give the lift", () => {
  const batch = flowBatch();
  const body = bodyOf(batch, surfaceOf(batch))!;
  const { pressureLift, pressureDrag } = forceCoefficients(body, truth);
  // A polygon of 192 edges, float32 values.
  assert.ok(Math.abs(pressureLift - LIFT) < 1e-3 * LIFT, `${pressureLift}`);
  assert.ok(Math.abs(pressureDrag) < 1e-5, `${pressureDrag}`);
});

Deno.test("bodyOf() is undefined if an input or a target is missing", () => {
  const without: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
    cells: cellColumns(),
    inlet: { inputNames: ["x", "y", "u", "v", "distance"] },
    pressure: { targetNames: ["velocity.x", "velocity.y", "p", "nut"] },
    velocity: { targetNames: ["u", "v", "pressure", "nut"] },
    space: { dimensions: 3 },
  };
  for (const [what, change] of Object.entries(without)) {
    const batch = flowBatch(change);
    assert.equal(bodyOf(batch, surfaceOf(batch)), undefined, what);
  }
  const batch = flowBatch();
  assert.equal(bodyOf(batch, undefined), undefined);
  assert.equal(bodyOf(batch, new Uint8Array(mesh.position.length / 2)), undefined, "no wall");
});

Deno.test("bodyFigures() gives the pressure coefficient and a window with a margin", () => {
  const batch = flowBatch();
  const predicted = truth.map((value) => 2 * value);
  const { window, wallPressure } = bodyFigures(bodyOf(batch, surfaceOf(batch))!, truth, predicted);
  assert.deepEqual([window!.left, window!.right].map((x) => Math.round(100 * x)), [-35, 135]);
  const { x, truth: pressure, predicted: doubled, lineOffsets } = wallPressure!;
  assert.deepEqual([...Array.from(lineOffsets)], [0, mesh.wallCount + 1]);
  assert.equal(x[0], x[mesh.wallCount]);
  for (let k = 0; k < mesh.wallCount; k++) {
    // 1 − (2 sin θ + lift / 2π)² on the upper or the lower side, where the chord gives the cosine.
    const sine = Math.sqrt(Math.max(0, 1 - (2 * x[k] - 1) ** 2));
    const sides = [sine, -sine].map((s) => 1 - (2 * s + LIFT / (2 * Math.PI)) ** 2);
    assert.ok(
      sides.some((side) => Math.abs(pressure[k] - side) < 2e-3),
      `${pressure[k]} is not in ${sides}`,
    );
    assert.ok(Math.abs(doubled[k] - 2 * pressure[k]) < 1e-5);
  }
});

Deno.test("windowAround() leaves the same margin on every side", () => {
  const window = windowAround([0, 0, 4, 1, 9, 9], [0, 1], 0.25);
  assert.deepEqual(window, { left: -1, right: 5, bottom: -1, top: 2 });
});
