/**
 * The equations of a panel method: the mean velocities of panels on each other.
 *
 * @module
 */

import type { Body } from "./body.ts";
import { solveDense } from "./dense_system.ts";
import type { Panels } from "./panels.ts";

/** Strengths that make walls impermeable and let the flow leave trailing edges. */
export interface Strengths {
  /** Source strength of each panel [P]. */
  readonly sources: Float64Array;
  /** Mean vortex strength of each body [bodies]; 0 without a trailing edge. */
  readonly vortices: Float64Array;
}

/**
 * The strengths of panels in a stream. No fluid crosses a panel on average, and the mean speeds
 * along both panels next to a trailing edge, towards it, are equal. Means make the velocity
 * converge with the square of the length of panels; conditions in their middles only with the
 * length.
 *
 * @param stream Velocity of the undisturbed flow.
 * @param beat Called many times a second.
 * @throws {RangeError} If the equations have no single solution.
 */
export function solveStrengths(
  panels: Panels,
  bodies: readonly Body[],
  stream: readonly [number, number],
  beat: () => void,
): Strengths {
  const { count, cos, sin, weight } = panels;
  const columns = new Int32Array(bodies.length).fill(-1);
  /** Rows of the conditions at trailing edges, by panel next to them. */
  const edgeRows = new Map<number, number[]>();
  let size = count;
  for (const [body, { trailingEdge }] of bodies.entries()) {
    if (trailingEdge === undefined) continue;
    columns[body] = size;
    for (const panel of panels.besideEdge(body, trailingEdge)) {
      edgeRows.set(panel, [...edgeRows.get(panel) ?? [], size]);
    }
    size++;
  }
  const matrix = new Float64Array(size * size);
  const right = new Float64Array(size);
  const rows = new MeanVelocities(panels);
  for (let i = 0; i < count; i++) {
    if (i % 16 === 0) beat();
    const { along, across } = rows.on(i);
    const edges = edgeRows.get(i) ?? [];
    for (let k = 0; k < count; k++) {
      const vortex = columns[panels.body[k]];
      matrix[i * size + k] = across[k];
      for (const row of edges) matrix[row * size + k] += along[k];
      if (vortex < 0) continue;
      // The velocity of a vortex is that of a source turned left.
      matrix[i * size + vortex] += weight[k] * along[k];
      for (const row of edges) matrix[row * size + vortex] -= weight[k] * across[k];
    }
    right[i] = stream[0] * sin[i] - stream[1] * cos[i];
    for (const row of edges) right[row] -= stream[0] * cos[i] + stream[1] * sin[i];
  }
  solveDense(matrix, right, beat);
  return {
    sources: right.subarray(0, count),
    vortices: Float64Array.from(columns, (column) => column < 0 ? 0 : right[column]),
  };
}

/**
 * Mean velocities of unit sources on all panels. With the potential of the sources from p to q,
 * 2π Φ(z) = e^(-iα) [(z - p) ln(z - p) - (z - q) ln(z - q)], the mean over a panel is the change of
 * Φ along it over its length. The branch of the logarithms does not matter as long as it is one:
 * differences of their angles are angles under which panels are seen.
 */
class MeanVelocities {
  readonly #panels: Panels;
  readonly #along: Float64Array;
  readonly #across: Float64Array;

  constructor(panels: Panels) {
    this.#panels = panels;
    this.#along = new Float64Array(panels.count);
    this.#across = new Float64Array(panels.count);
  }

  /** Along panel `i`, and to its left, for the sources of each panel [P]; valid until called again. */
  on(i: number): { readonly along: Float64Array; readonly across: Float64Array } {
    const { count, x, y, next, length, cos, sin } = this.#panels;
    const ax = x[i], ay = y[i];
    const bx = x[next[i]], by = y[next[i]];
    const scale = 1 / (2 * Math.PI * length[i]);
    for (let k = 0; k < count; k++) {
      const q = next[k];
      const apx = ax - x[k], apy = ay - y[k];
      const bpx = bx - x[k], bpy = by - y[k];
      const aqx = ax - x[q], aqy = ay - y[q];
      const bqx = bx - x[q], bqy = by - y[q];
      // Angles of the four logarithms, less that of a - p.
      const bp = angleBetween(apx, apy, bpx, bpy);
      const aq = angleBetween(apx, apy, aqx, aqy);
      const bq = q === i
        ? bp + angleBetween(bpx, bpy, bqx, bqy)
        : aq + angleBetween(aqx, aqy, bqx, bqy);
      const logAp = halfLog(apx, apy);
      const logBp = halfLog(bpx, bpy);
      const logAq = halfLog(aqx, aqy);
      const logBq = halfLog(bqx, bqy);
      const re = (bpx * logBp - bpy * bp) - (bqx * logBq - bqy * bq) - apx * logAp +
        (aqx * logAq - aqy * aq);
      const im = (bpx * bp + bpy * logBp) - (bqx * bq + bqy * logBq) - apy * logAp +
        (aqx * aq + aqy * logAq);
      this.#along[k] = (re * cos[k] + im * sin[k]) * scale;
      this.#across[k] = (re * sin[k] - im * cos[k]) * scale;
    }
    this.#along[i] = 0;
    this.#across[i] = 0.5;
    return { along: this.#along, across: this.#across };
  }
}

/** Angle from vector a to vector b, counter-clockwise. */
function angleBetween(ax: number, ay: number, bx: number, by: number): number {
  return Math.atan2(ax * by - ay * bx, ax * bx + ay * by);
}

/** Logarithm of the length of a vector; 0 for 0, where it is multiplied by the length. */
function halfLog(x: number, y: number): number {
  const square = x * x + y * y;
  return square === 0 ? 0 : Math.log(square) / 2;
}
