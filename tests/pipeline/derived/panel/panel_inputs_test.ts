/**
 * Walls of meshes, and potential flow as inputs of a network.
 *
 * @module
 */

import assert from "node:assert/strict";
import { DataError } from "../../../../errors.ts";
import { type MeshCells, uniformCells } from "../../../../io/mesh_cells.ts";
import { openMeshStore } from "../../../../io/mesh_store.ts";
import {
  type Derivation,
  derivedNames,
  readsCells,
  vectorColumns,
} from "../../../../pipeline/derived/derivation.ts";
import { type DerivableMesh, InputDeriver } from "../../../../pipeline/derived/derive_inputs.ts";
import { findTrailingEdge, signedDoubleArea } from "../../../../pipeline/derived/panel/body.ts";
import { PanelFlow } from "../../../../pipeline/derived/panel/panel_flow.ts";
import { panelInputs } from "../../../../pipeline/derived/panel/panel_inputs.ts";
import { wallLoops } from "../../../../pipeline/derived/panel/wall_loops.ts";
import { spearman } from "../../../../pipeline/reporting/flow/force_metrics.ts";

interface Mesh {
  readonly position: Float32Array;
  readonly cells: MeshCells;
}

/** Rings of quadrilaterals around a circle of radius 1, at growing radii. */
function rings(around: number, radii: readonly number[]): Mesh {
  const position = radii.flatMap((radius) =>
    Array.from({ length: around }, (_, k) => {
      const angle = 2 * Math.PI * k / around;
      return [radius * Math.cos(angle), radius * Math.sin(angle)];
    }).flat()
  );
  const nodes = radii.slice(1).flatMap((_, ring) =>
    Array.from({ length: around }, (_, k) => {
      const next = (k + 1) % around;
      return [k, next, next + around, k + around].map((node) => node + ring * around);
    }).flat()
  );
  return {
    position: Float32Array.from(position),
    cells: uniformCells(Uint32Array.from(nodes), "quadrilateral"),
  };
}

/** Unit squares of a grid, without those in the holes. */
function grid(size: number, holes: readonly string[]): Mesh {
  const nodes: number[] = [];
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const corner = y * (size + 1) + x;
      if (holes.includes(`${x} ${y}`)) continue;
      nodes.push(corner, corner + 1, corner + size + 2, corner + size + 1);
    }
  }
  const position = Float32Array.from(
    { length: 2 * (size + 1) ** 2 },
    (_, k) => k % 2 === 0 ? (k / 2) % (size + 1) : Math.floor(k / 2 / (size + 1)),
  );
  return { position, cells: uniformCells(Uint32Array.from(nodes), "quadrilateral") };
}

const constant = (mesh: Mesh, [u, v]: readonly [number, number]) =>
  [u, v].map((value) => new Float64Array(mesh.position.length / 2).fill(value));

function inputsOf(mesh: Mesh, stream: readonly [number, number]) {
  return panelInputs({ ...mesh, velocity: constant(mesh, stream), field: "inlet" });
}

/** The error of (u - v) / V and the pressure coefficient around a circle of radius 1. */
function circleError(mesh: Mesh, stream: readonly [number, number]): number {
  const { velocity: [x, y], pressure } = inputsOf(mesh, stream);
  const angle = Math.atan2(stream[1], stream[0]);
  let worst = 0;
  for (const [node, value] of pressure.entries()) {
    const [px, py] = mesh.position.subarray(2 * node, 2 * node + 2);
    const square = Math.hypot(px, py) ** 2;
    const doubled = 2 * Math.atan2(py, px) - angle;
    const exactX = -Math.cos(doubled) / square;
    const exactY = -Math.sin(doubled) / square;
    const speed = Math.hypot(Math.cos(angle) + exactX, Math.sin(angle) + exactY);
    const errors = [x[node] - exactX, y[node] - exactY, (value - 1 + speed ** 2) / 4];
    worst = Math.max(worst, ...errors.map(Math.abs));
  }
  return worst;
}

Deno.test("inputs around a circle are exact to 1 % on the wall and off it", () => {
  const radii = [1, 1.0001, 1.01, 1.3, 2, 5];
  assert.ok(circleError(rings(80, radii), [30, -10]) < 0.01);
  // More points than panels.
  assert.ok(circleError(rings(602, [1, 1.0001]), [0, 1e-3]) < 0.01);
});

Deno.test("inputs do not depend on the numbers of nodes and cells or their orientation", () => {
  const mesh = rings(24, [1, 1.5, 4]);
  const count = mesh.position.length / 2;
  // A permutation, as 7 and 72 have no common divisor.
  const place = (node: number) => (7 * node + 5) % count;
  const position = new Float32Array(2 * count);
  for (let node = 0; node < count; node++) {
    position.set(mesh.position.subarray(2 * node, 2 * node + 2), 2 * place(node));
  }
  const connectivity = mesh.cells.connectivity.map(place).reverse();
  const moved = { position, cells: { ...mesh.cells, connectivity } };
  const expected = inputsOf(mesh, [1, 0.5]);
  const { velocity, pressure } = inputsOf(moved, [1, 0.5]);
  for (let node = 0; node < count; node++) {
    assert.ok(Math.abs(pressure[place(node)] - expected.pressure[node]) < 1e-9);
    assert.ok(Math.abs(velocity[1][place(node)] - expected.velocity[1][node]) < 1e-9);
  }
});

Deno.test("walls are the clockwise loops around all holes of a mesh", () => {
  const { cells, position } = grid(7, ["1 1", "2 1", "4 4", "5 5"]);
  const walls = wallLoops(cells, position);
  // The last two meet in a point.
  assert.deepEqual(walls.map(signedDoubleArea).sort(), [-2, -2, -4]);
  assert.deepEqual(walls.map(({ length }) => length / 2).sort(), [4, 4, 6]);
  const edge = grid(5, ["0 0", "1 1", "3 3"]);
  assert.deepEqual(wallLoops(edge.cells, edge.position).map(signedDoubleArea), [-2, -2]);
  // Quadratic triangles around a triangle: corners, then middles of sides.
  const wall = wallLoops(...quadraticRing());
  assert.deepEqual(wall.map(({ length }) => length / 2), [6]);
});

/** Six quadratic triangles between a triangle and another around it. */
function quadraticRing(): [MeshCells, Float32Array] {
  const corners = [1, 4].flatMap((radius) =>
    [0, 1, 2].map((k) => [radius * Math.cos(2 * k * Math.PI / 3), radius * Math.sin(2 * k * 2)])
  );
  const triangles = [0, 1, 2].flatMap((k) => {
    const next = (k + 1) % 3;
    return [[k, next, k + 3], [next, next + 3, k + 3]];
  });
  const middles = new Map<string, number>();
  const middleOf = (a: number, b: number) => {
    const key = [Math.min(a, b), Math.max(a, b)].join();
    if (!middles.has(key)) {
      middles.set(key, corners.length);
      corners.push([0, 1].map((axis) => (corners[a][axis] + corners[b][axis]) / 2));
    }
    return middles.get(key)!;
  };
  const nodes = triangles.flatMap(([a, b, c]) => [
    a,
    b,
    c,
    middleOf(a, b),
    middleOf(b, c),
    middleOf(c, a),
  ]);
  const cells = {
    connectivity: Uint32Array.from(nodes),
    offsets: Uint32Array.from({ length: 7 }, (_, k) => 6 * k),
    types: new Uint8Array(6).fill(22),
  };
  return [cells, Float32Array.from(corners.flat())];
}

Deno.test("walls and streams that have no potential flow are refused by name", () => {
  const refused = (run: () => unknown, ...fragments: readonly string[]) =>
    assert.throws(run, (error: unknown) => {
      assert.ok(error instanceof DataError);
      for (const fragment of fragments) assert.ok(error.message.includes(fragment), error.message);
      return true;
    });
  const ring = rings(12, [1, 2]);
  const full = grid(3, []);
  refused(() => wallLoops(full.cells, full.position), "hole", "none");
  const strip = grid(3, ["0 1", "1 1", "2 1"]);
  refused(() => wallLoops(strip.cells, strip.position), "one part", "2");
  const lines = uniformCells(Uint32Array.of(0, 1, 1, 2), "line");
  refused(() => wallLoops(lines, Float32Array.of(0, 0, 1, 0, 2, 0)), "faces", "dimension 1");
  const flat = ring.position.map((x, k) => k < 24 && k % 2 === 1 ? 0 : x);
  refused(() => wallLoops(ring.cells, flat), "area");
  refused(() => inputsOf(ring, [0, 0]), "inlet", "must not be 0");
  const velocity = constant(ring, [1, 0]);
  velocity[0][7] = 1.001;
  refused(() => panelInputs({ ...ring, velocity, field: "inlet" }), "same at all nodes", "node 7");
  const many = grid(
    23,
    Array.from({ length: 121 }, (_, k) => `${1 + 2 * (k % 11)} ${1 + 2 * Math.floor(k / 11)}`),
  );
  refused(() => inputsOf(many, [1, 0]), "at most 100", "121");

  const panel: Derivation = { kind: "panel", velocity: "inlet" };
  const names = (dimensions: number, inputNames: readonly string[]) => () =>
    derivedNames([panel], { dimensions, inputNames, units: [] });
  const solid = ["x", "y", "z", "inlet.x", "inlet.y", "inlet.z"];
  refused(names(3, solid), "two dimensions", "3");
  refused(names(2, ["x", "y", "inlet"]), "two components", "1");
  refused(names(2, ["x", "y", "inflow.x", "inflow.y"]), '"inlet"', "inflow");
  refused(() => new InputDeriver([panel]).derive(meshWithInlet()), "ring", "cells");
});

/** A ring with an inlet velocity of (3, 4) in two ways: with and without an offset. */
function meshWithInlet(cells?: MeshCells): DerivableMesh {
  const { position } = rings(30, [1, 2, 3]);
  const rows = Array.from({ length: position.length / 2 }, (_, node) => [
    ...position.subarray(2 * node, 2 * node + 2),
    0,
    4,
    3,
    4,
  ]);
  return {
    id: "ring",
    dimensions: 2,
    position,
    cells,
    input: Float32Array.from(rows.flat()),
    offsets: Float64Array.of(0, 0, 3, 0, 0, 0),
    inputNames: ["x", "y", "inlet.x", "inlet.y", "wind.x", "wind.y"],
    units: ["m", "m", "m/s", "m/s", "m/s", "m/s"],
  };
}

Deno.test("derive adds the potential flow as a vector and a number without unit", () => {
  const derivations: Derivation[] = [
    { kind: "panel", velocity: "inlet" },
    { kind: "panel", velocity: "wind", name: "ideal" },
  ];
  assert.ok(derivations.every(readsCells));
  const { cells } = rings(30, [1, 2, 3]);
  const { input, inputNames, units } = new InputDeriver(derivations).derive(meshWithInlet(cells));
  const added = ["velocity.x", "velocity.y", "pressure"];
  assert.deepEqual(inputNames.slice(6), [
    ...added.map((name) => `panel_${name}`),
    ...added.map((name) => `ideal_${name}`),
  ]);
  assert.deepEqual(units.slice(6), ["", "", "", "", "", ""]);
  assert.deepEqual(vectorColumns(derivations, { dimensions: 2, inputNames }), [[6, 7], [9, 10]]);
  // Equal whichever way the velocity is stored; on the wall the pressure is 1 - 4 sin².
  for (let node = 0; node < input.length / 12; node++) {
    const row = input.subarray(12 * node, 12 * node + 12);
    assert.deepEqual(row.slice(6, 9), row.slice(9, 12));
    const angle = Math.atan2(row[1], row[0]) - Math.atan2(4, 3);
    const exact = 1 - 4 * Math.sin(angle) ** 2;
    if (node < 30) assert.ok(Math.abs(row[8] - exact) < 0.05, `${row[8]} ${exact}`);
  }
});

Deno.test("on the wall of an aerofoil the pressure ranks as that of the solver", async () => {
  const store = await openMeshStore("pipeline/datasets/stores/airfrans_low.zarr");
  const [number] = store.split("test");
  const { position, cells, fields } = await store.read(number, { cells: true });
  const { velocityInlet: [u, v], distance, pressure } = fields;
  const speed = Math.hypot(u, v);
  const [points] = wallLoops(cells!, position as Float32Array);
  const trailingEdge = findTrailingEdge(points, [u, v]);
  assert.deepEqual(points.slice(2 * trailingEdge!.first).slice(0, 2), Float64Array.of(1, 0));
  const flow = new PanelFlow([{ points, trailingEdge }], [u / speed, v / speed]);
  const wall = Array.from(distance.keys()).filter((node) => distance[node] === 0);
  const nodes = wall.flatMap((node) => [position[2 * node], position[2 * node + 1]]);
  const velocities = flow.velocities(Float64Array.from(nodes));
  const panel = wall.map((_, k) => 1 - velocities[2 * k] ** 2 - velocities[2 * k + 1] ** 2);
  assert.ok(spearman(panel, wall.map((node) => pressure[node])) > 0.95);
});
