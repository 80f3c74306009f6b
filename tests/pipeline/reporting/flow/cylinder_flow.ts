/**
 * Potential flow around a cylinder with circulation: everything about it is known in closed form.
 * @module
 */

import type { Body } from "../../../../pipeline/reporting/flow/force_metrics.ts";
import { type Wall, wallOf } from "../../../../pipeline/reporting/flow/wall.ts";
import { type BodyMesh, circle, ringMesh } from "./ring_mesh.ts";

/** Names of the columns of `flowRows`. */
export const FLOW_COLUMNS = ["velocity.x", "velocity.y", "pressure", "nut"];

/** A cylinder of diameter 1 with its left end at the origin, in rings of `count` nodes. */
export function cylinderMesh(count = 96): BodyMesh & { readonly wall: Wall } {
  const factors = Array.from({ length: 24 }, (_, k) => 1.1 ** k);
  const mesh = ringMesh(
    circle(count).map(([x, y]) => [(x + 1) / 2, y / 2] as const),
    factors,
    "quads",
    [
      0.5,
      0,
    ],
  );
  return { ...mesh, wall: wallOf(mesh.cells, mesh.position, (node) => node < mesh.wallCount) };
}

/** The cylinder in a wind of `speed` along x. */
export function cylinderBody(speed: number, { position, cells, wall } = cylinderMesh()): Body {
  return { position, cells, wall, inlet: [speed, 0], columns: { pressure: 2, velocity: [0, 1] } };
}

/**
 * Rows of the flow at the nodes: velocity (0 on the wall), pressure, and some viscosity. `lift` is
 * the coefficient.
 */
export function flowRows({ position, wall }: Body, speed: number, lift: number): Float32Array {
  const nodeCount = position.length / 2;
  const onWall = new Set(wall.ends);
  const rows = new Float32Array(FLOW_COLUMNS.length * nodeCount);
  for (let node = 0; node < nodeCount; node++) {
    const x = position[2 * node] - 0.5;
    const y = position[2 * node + 1];
    const square = 4 * (x * x + y * y);
    const angle = Math.atan2(y, x);
    // Lift is speed · circulation, clockwise; the coefficient is that over half the square of the
    // speed.
    const circulation = lift * speed / 2;
    const radial = speed * (1 - 1 / square) * Math.cos(angle);
    const tangential = -speed * (1 + 1 / square) * Math.sin(angle) -
      circulation / (Math.PI * Math.sqrt(square));
    const pressure = 0.5 * (speed ** 2 - radial ** 2 - tangential ** 2);
    const u = radial * Math.cos(angle) - tangential * Math.sin(angle);
    const v = radial * Math.sin(angle) + tangential * Math.cos(angle);
    rows.set(
      onWall.has(node) ? [0, 0, pressure, 0] : [u, v, pressure, 1e-4 / square],
      FLOW_COLUMNS.length * node,
    );
  }
  return rows;
}
