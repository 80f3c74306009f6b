import assert from "node:assert/strict";
import { meshAirfoil } from "../../../../../pipeline/datasets/openfoam/airfoil/airfoil_case.ts";
import { exportAirfoil } from "../../../../../pipeline/datasets/openfoam/airfoil/export_airfoil.ts";
import {
  airfoilPointFields,
} from "../../../../../pipeline/datasets/openfoam/airfoil/point_fields.ts";
import { FIDELITIES } from "../../../../../pipeline/datasets/openfoam/airfoil/fidelity.ts";
import { elementCentres } from "../../../../../pipeline/datasets/openfoam/point_interpolation.ts";

const parameters = { speed: 50, angle: 3, camber: 3, camberPosition: 4, thickness: 14 };
const mesh = meshAirfoil(parameters, FIDELITIES.low);
const { plane } = mesh;
const centres = elementCentres(plane.points, 2, plane.quads, 4);
const cellCount = plane.quads.length / 4;
const wallCount = plane.wall.length;

/**
 * Fields that encode their origin: p = x and U = (y, x, 1) in the cells, nut = 7 on the wall.
 */
const fields = airfoilPointFields(mesh, {
  U: {
    components: 3,
    internal: Float64Array.from(
      { length: 3 * cellCount },
      (_, i) => i % 3 === 2 ? 1 : centres[2 * Math.floor(i / 3) + 1 - i % 3],
    ),
    patches: new Map(),
  },
  p: {
    components: 1,
    internal: Float64Array.from({ length: cellCount }, (_, cell) => centres[2 * cell]),
    patches: new Map(),
  },
  nut: {
    components: 1,
    internal: new Float64Array(cellCount).fill(2),
    patches: new Map([["aerofoil", new Float64Array(wallCount).fill(7)]]),
  },
});
const { internal, aerofoil, freestream } = exportAirfoil(plane, fields);
const pointsOf = ({ points }: { points: Float32Array | Float64Array }) =>
  Array.from({ length: points.length / 3 }, (_, i) => [...points.subarray(3 * i, 3 * i + 3)]);
const valuesOf = (part: typeof internal, name: string) =>
  [...part.pointData[name].values].map(Number);

Deno.test("airfoilPointFields() has wall values, and no flow across the plane", () => {
  const onWall = new Set(plane.wall);
  for (let point = 0; point < plane.points.length / 2; point++) {
    const wall = onWall.has(point);
    assert.equal(Math.fround(fields.nut.values[point]), wall ? 7 : 2);
    assert.equal(fields.implicit_distance.values[point] === 0, wall);
    assert.ok(fields.implicit_distance.values[point] <= 0, "negative in the fluid");
    assert.equal(fields.U.values[3 * point + 2], 0);
    if (wall) assert.deepEqual([...fields.U.values.subarray(3 * point, 3 * point + 2)], [0, 0]);
  }
});

Deno.test("airfoilPointFields() interpolates near what the cells have", () => {
  let largest = 0;
  for (let point = 0; point < plane.points.length / 2; point++) {
    const [x, y] = plane.points.subarray(2 * point, 2 * point + 2);
    if (Math.hypot(x, y) > 2 || fields.implicit_distance.values[point] === 0) continue;
    largest = Math.max(
      largest,
      Math.abs(fields.p.values[point] - x),
      Math.abs(fields.U.values[3 * point] - y),
    );
  }
  assert.ok(largest > 0 && largest < 0.05, `${largest}: a fraction of a cell`);
});

Deno.test("exportAirfoil() writes the cells inside the box of AirfRANS, in its plane", () => {
  for (const [x, y, z] of pointsOf(internal)) {
    assert.ok(x > -2 && x < 4 && Math.abs(y) < 1.5 && z === 0.5);
  }
  const inBox = (point: number) => {
    const [x, y] = plane.points.subarray(2 * point, 2 * point + 2);
    return x > -2 && x < 4 && Math.abs(y) < 1.5;
  };
  let inside = 0;
  for (let cell = 0; cell < cellCount; cell++) {
    if (plane.quads.subarray(4 * cell, 4 * cell + 4).every(inBox)) inside++;
  }
  assert.equal(internal.cells.types.length, inside);
  assert.ok(internal.cells.types.every((type) => type === 9));
  assert.deepEqual(Object.keys(internal.pointData), ["U", "p", "nut", "implicit_distance"]);
});

Deno.test("exportAirfoil() writes the wall as a closed loop of mesh points", () => {
  const distances = valuesOf(internal, "implicit_distance");
  const zeros = pointsOf(internal).filter((_, i) => distances[i] === 0);
  assert.deepEqual(new Set(pointsOf(aerofoil).map(String)), new Set(zeros.map(String)));
  const uses = new Array(wallCount).fill(0);
  for (const point of aerofoil.cells.connectivity) uses[point]++;
  assert.deepEqual(uses, new Array(wallCount).fill(2));
  assert.ok(valuesOf(aerofoil, "nut").every((value) => value === 7));
});

Deno.test("exportAirfoil() points normals into the body", () => {
  const points = pointsOf(aerofoil);
  const corners = points.map(([x, y]) => [x, y]);
  const isInside = (x: number, y: number) =>
    corners.filter(([ax, ay], i) => {
          const [bx, by] = corners[(i + 1) % corners.length];
          return (ay > y) !== (by > y) && x < ax + (y - ay) / (by - ay) * (bx - ax);
        }).length % 2 === 1;
  const normals = valuesOf(aerofoil, "Normals");
  for (const [i, [x, y]] of corners.entries()) {
    const [nx, ny, nz] = normals.slice(3 * i, 3 * i + 3);
    assert.ok(Math.abs(Math.hypot(nx, ny) - 1) < 1e-6 && nz === 0);
    // The trailing edge is too sharp for either side.
    if (x < 0.99) {
      assert.ok(isInside(x + 1e-4 * nx, y + 1e-4 * ny) && !isInside(x - 1e-4 * nx, y - 1e-4 * ny));
    }
  }
  assert.equal(aerofoil.cellData!.Normals.values.length, 3 * wallCount);
});

Deno.test("exportAirfoil() writes the edge of the box, without the wall", () => {
  const edge = pointsOf(freestream).map(String);
  const wall = new Set(pointsOf(aerofoil).map(String));
  const all = new Set(pointsOf(internal).map(String));
  assert.ok(edge.length > 100 && edge.every((point) => all.has(point) && !wall.has(point)));
  const uses = new Map<number, number>();
  for (const point of freestream.cells.connectivity) uses.set(point, (uses.get(point) ?? 0) + 1);
  assert.ok([...uses.values()].every((count) => count === 2), "it is closed");
});
