/**
 * Inputs of a network from the potential flow around the walls of a mesh.
 *
 * @module
 */

import { DataError } from "../../../errors.ts";
import type { MeshCells } from "../../../io/mesh_cells.ts";
import { type Body, findTrailingEdge, thinBody } from "./body.ts";
import { PanelFlow } from "./panel_flow.ts";
import { wallLoops } from "./wall_loops.ts";

/** Number of panels up to which all points of walls are used. */
const MAX_PANELS = 600;
/** Number of panels that a body keeps. */
const MIN_PANELS = 16;
const MAX_BODIES = 100;
/** Largest speed over that of the undisturbed flow. Noses of aerofoils at 15 degrees reach 3.5. */
const MAX_SPEED = 5;
/** Largest deviation of the undisturbed flow at a node from that at the first, over its speed. */
const MAX_DEVIATION = 1e-4;

/** A mesh in a flow. */
export interface MeshInStream {
  /** Node positions [N, 2]. */
  readonly position: Float32Array;
  readonly cells: MeshCells;
  /** Components of the velocity of the undisturbed flow, each at all nodes [N]. */
  readonly velocity: readonly ArrayLike<number>[];
  /** Name of the field with the velocity. */
  readonly field: string;
}

/** Potential flow at the nodes of a mesh, over the speed V of the undisturbed flow v. */
export interface PanelInputs {
  /** Components of (u - v) / V [N]. */
  readonly velocity: readonly [Float64Array, Float64Array];
  /** Pressure coefficient 1 - |u|² / V² [N]. */
  readonly pressure: Float64Array;
}

/**
 * The potential flow u around all bodies in a mesh, whose other boundaries have no effect.
 *
 * Walls of more than 600 panels in total are thinned to every n-th point from the trailing edge,
 * with the smallest n that suffices, but to no fewer than 16 per body. Speeds above 5 V, as next to
 * sharp corners, are reduced to 5 V.
 *
 * @param beat Called many times a second.
 * @throws {DataError} If the velocity is 0 or varies, or the walls are not closed, none, or more
 * than 100.
 */
export function panelInputs(mesh: MeshInStream, beat: () => void = () => {}): PanelInputs {
  const { position, cells } = mesh;
  const stream = streamOf(mesh);
  const speed = Math.hypot(...stream);
  const direction = [stream[0] / speed, stream[1] / speed] as const;
  const loops = wallLoops(cells, position);
  if (loops.length > MAX_BODIES) {
    throw new DataError(
      `Cannot compute potential flow: there must be at most ${MAX_BODIES} bodies, the mesh has ` +
        loops.length,
    );
  }
  const bodies = thinned(loops.map((points): Body => ({
    points,
    trailingEdge: findTrailingEdge(points, direction),
  })));
  const velocities = flowAround(bodies, direction, beat).velocities(position, beat);
  const nodeCount = position.length / 2;
  const x = new Float64Array(nodeCount);
  const y = new Float64Array(nodeCount);
  const pressure = new Float64Array(nodeCount);
  for (let node = 0; node < nodeCount; node++) {
    const u = velocities[2 * node];
    const v = velocities[2 * node + 1];
    const ratio = Math.hypot(u, v);
    const scale = ratio > MAX_SPEED ? MAX_SPEED / ratio : 1;
    x[node] = scale * u - direction[0];
    y[node] = scale * v - direction[1];
    pressure[node] = 1 - (scale * ratio) ** 2;
  }
  return { velocity: [x, y], pressure };
}

/** @throws {DataError} If the equations have no single solution. */
function flowAround(
  bodies: readonly Body[],
  direction: readonly [number, number],
  beat: () => void,
): PanelFlow {
  try {
    return new PanelFlow(bodies, direction, beat);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new DataError(
      "Cannot compute potential flow: walls must not overlap, their equations have no single " +
        "solution",
      { cause },
    );
  }
}

/** @throws {DataError} If the velocity is 0 or varies. */
function streamOf({ velocity, field }: MeshInStream): readonly [number, number] {
  const [xs, ys] = velocity;
  const stream = [xs[0], ys[0]] as const;
  const speed = Math.hypot(...stream);
  const action = "Cannot compute potential flow";
  if (!(speed > 0)) {
    throw new DataError(
      `${action}: the undisturbed velocity "${field}" must not be 0, it is ${stream.join(", ")}`,
    );
  }
  for (let node = 0; node < xs.length; node++) {
    const deviation = Math.hypot(xs[node] - stream[0], ys[node] - stream[1]);
    if (deviation <= MAX_DEVIATION * speed) continue;
    throw new DataError(
      `${action}: the undisturbed velocity "${field}" must be the same at all nodes, it is ` +
        `${stream.join(", ")} at node 0 and ${xs[node]}, ${ys[node]} at node ${node}`,
    );
  }
  return stream;
}

function thinned(bodies: readonly Body[]): readonly Body[] {
  const most = Math.max(...bodies.map(({ points }) => points.length / 2));
  for (let stride = 1;; stride++) {
    const thin = bodies.map((body) => thinBody(body, stride, MIN_PANELS));
    const total = thin.reduce((sum, { points }) => sum + points.length / 2, 0);
    if (total <= MAX_PANELS || stride >= most / MIN_PANELS) return thin;
  }
}
