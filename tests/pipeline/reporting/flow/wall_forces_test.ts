import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { readSafetensors } from "../../../../io/safetensors.ts";
import { wallOf } from "../../../../pipeline/reporting/flow/wall.ts";
import {
  AIR_VISCOSITY,
  dragAndLift,
  wallForces,
} from "../../../../pipeline/reporting/flow/wall_forces.ts";
import { type BodyMesh, cellList, circle, type Faces, ringMesh } from "./ring_mesh.ts";

/** Float64 sums over a few hundred edges. */
const ROUNDING = 1e-12;

type Vector = readonly [number, number];

function forcesOn(
  { position, cells, wallCount }: BodyMesh,
  pressure: (x: number, y: number) => number,
  velocity: (x: number, y: number) => Vector = () => [0, 0],
  viscosity = 1,
) {
  const at = <T>(value: (x: number, y: number) => T) => (node: number) =>
    value(position[2 * node], position[2 * node + 1]);
  const wall = wallOf(cells, position, (node) => node < wallCount);
  return wallForces(cells, wall, {
    position,
    pressure: at(pressure),
    velocity: at(velocity),
    viscosity,
  });
}

function assertClose(actual: Vector, expected: Vector, tolerance: number) {
  const error = Math.hypot(actual[0] - expected[0], actual[1] - expected[1]);
  assert.ok(error <= tolerance, `(${actual}) is not (${expected}): off by ${error}`);
}

Deno.test("wallForces() of a linear pressure is its gradient times the body area", () => {
  // A body that is not convex, of area 3: by the divergence theorem the force is −3 · gradient on
  // any closed line.
  const outline: Vector[] = [[0, 0], [2, 0], [2, 2], [1, 1], [0, 2]];
  for (const faces of ["quads", "triangles", "pixels"] satisfies Faces[]) {
    const mesh = ringMesh(outline, [1, 1.2, 1.4], faces, [1, 0.5]);
    const { pressure } = forcesOn(mesh, (x, y) => 7 + 0.5 * x - 2 * y);
    assertClose(pressure, [-1.5, 6], ROUNDING);
  }
});

Deno.test(
  "wallForces() of potential flow around a cylinder is 0, and with circulation that of Kutta " +
    "and Joukowski",
  () => {
    const error = (count: number, circulation: number) => {
      const { pressure } = forcesOn(ringMesh(circle(count), [1, 1.1]), (x, y) => {
        const sine = y / Math.hypot(x, y);
        return 0.5 * (1 - (2 * sine + circulation / (2 * Math.PI)) ** 2);
      });
      return [pressure[0], pressure[1] - circulation];
    };
    assert.ok(Math.hypot(...error(64, 0)) < ROUNDING);
    // Clockwise circulation lifts by density · speed · circulation; the polygon converges with the
    // square of its edges.
    const [coarse, fine] = [64, 128].map((count) => Math.hypot(...error(count, 3)));
    assert.ok(fine < 0.004 && coarse / fine > 3.8 && coarse / fine < 4.2, `${coarse} then ${fine}`);
  },
);

Deno.test("wallForces() of Couette flow is viscosity times shear on skewed cells", () => {
  // A floor of irregular cells; u = 5 y along it, v = 0.
  const floor = [0, 0.1, 0.5, 0.6, 1];
  const above = [[-0.05, 0.2], [0.3, 0.1], [0.4, 0.3], [0.8, 0.15], [1.1, 0.2]];
  const position = Float64Array.from([...floor.flatMap((x) => [x, 0]), ...above.flat()]);
  const quads = floor.slice(1).map((_, k) => [k, k + 1, k + 6, k + 5]);
  const triangles = quads.flatMap(([a, b, c, d], k) =>
    k % 2 === 0 ? [[a, b, c], [a, c, d]] : [[a, b, d], [b, c, d]]
  );
  for (const cells of [cellList(quads, 9), cellList(triangles, 5)]) {
    const mesh = { position, cells, wallCount: floor.length };
    const { friction, pressure } = forcesOn(mesh, () => 0, (_x, y) => [5 * y, 0], 0.01);
    assertClose(friction, [0.05, 0], ROUNDING);
    assertClose(pressure, [0, 0], ROUNDING);
  }
});

Deno.test(
  "wallForces() turns the wall shear with the wall, and gives the height of the cells in " +
    "viscous units",
  () => {
    // A floor under 30°, length 2, cells 0.1 high, velocity 3 per height along the floor, viscosity
    // 0.02.
    const along = [Math.cos(Math.PI / 6), Math.sin(Math.PI / 6)];
    const point = (
      s: number,
      h: number,
    ) => [s * along[0] - h * along[1], s * along[1] + h * along[0]];
    const position = Float64Array.from(
      [0, 1, 2].flatMap((s) => point(s, 0)).concat([0, 1, 2].flatMap((s) => point(s, 0.1))),
    );
    const mesh = { position, cells: cellList([[0, 1, 4, 3], [1, 2, 5, 4]], 9), wallCount: 3 };
    const height = (x: number, y: number) => y * along[0] - x * along[1];
    const { friction, cellHeight } = forcesOn(
      mesh,
      () => 0,
      (x, y) => [3 * height(x, y) * along[0], 3 * height(x, y) * along[1]],
      0.02,
    );
    assertClose(friction, [0.02 * 3 * 2 * along[0], 0.02 * 3 * 2 * along[1]], ROUNDING);
    assert.ok(Math.abs(cellHeight - Math.sqrt(0.3 * 0.1 / 0.02)) < ROUNDING);
  },
);

Deno.test("dragAndLift() are along and across the inlet velocity, over half its square", () => {
  const incidence = 0.2;
  const speed = 50;
  const inlet = [speed * Math.cos(incidence), speed * Math.sin(incidence)] as const;
  const along: Vector = [Math.cos(incidence), Math.sin(incidence)];
  const { drag, lift } = dragAndLift(
    [3 * along[0] - 8 * along[1], 3 * along[1] + 8 * along[0]],
    inlet,
    2,
  );
  assert.ok(Math.abs(drag - 3 / (0.5 * speed ** 2 * 2)) < ROUNDING);
  assert.ok(Math.abs(lift - 8 / (0.5 * speed ** 2 * 2)) < ROUNDING);
});

/**
 * The largest difference to the solver that the nodes of the mesh leave, against OpenFOAM's values
 * at its faces.
 */
const LIFT_TOLERANCE = 0.002;
const DRAG_TOLERANCE = 0.1;

for (const speed of [49, 70, 92]) {
  Deno.test(`wallForces() gives the lift and drag of the solver at ${speed} m/s`, async () => {
    const file = new URL(`../../../fixtures/flow/wall_layer_${speed}.safetensors`, import.meta.url);
    const { tensors, metadata } = await readSafetensors(fileURLToPath(file));
    const [position, velocity, pressure, distance] = [
      "position",
      "velocity",
      "pressure",
      "distance",
    ]
      .map((name) => tensors[name].data);
    const connectivity = tensors.quads.data;
    const cellCount = connectivity.length / 4;
    const cells = {
      connectivity,
      offsets: Uint32Array.from({ length: cellCount + 1 }, (_, cell) => 4 * cell),
      types: new Uint8Array(cellCount).fill(9),
    };
    const wall = wallOf(cells, position, (node) => distance[node] === 0);
    assert.deepEqual([...wall.lineOffsets], [0, 480]);
    const { pressure: pressureForce, friction, cellHeight } = wallForces(cells, wall, {
      position,
      pressure: (node) => pressure[node],
      velocity: (node) => [velocity[2 * node], velocity[2 * node + 1]],
    });
    const incidence = Number(metadata.aoa) * Math.PI / 180;
    const inletSpeed = Number(metadata.Uinf);
    const inlet = [inletSpeed * Math.cos(incidence), inletSpeed * Math.sin(incidence)] as const;
    const { lift, drag: pressureDrag } = dragAndLift(pressureForce, inlet);
    const drag = pressureDrag + dragAndLift(friction, inlet).drag;
    const off = (value: number, expected: string) => Math.abs(value / Number(expected) - 1);
    assert.ok(off(lift, metadata.Cl) < LIFT_TOLERANCE, `lift ${lift}, solver ${metadata.Cl}`);
    assert.ok(off(drag, metadata.Cd) < DRAG_TOLERANCE, `drag ${drag}, solver ${metadata.Cd}`);
    // The solver's y+ is that of cell centres, half as high.
    assert.ok(off(cellHeight, String(2 * Number(metadata.yPlusAverage))) < 0.25, `${cellHeight}`);
    assert.ok(AIR_VISCOSITY === 1.56e-5 && pressureDrag < 0.75 * drag, "friction counts");
  });
}
