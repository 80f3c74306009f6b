/**
 * Potential flow around bodies in two dimensions by the panel method of Hess and Smith (1967).
 *
 * @module
 */

import type { Body } from "./body.ts";
import { solveStrengths } from "./panel_system.ts";
import { Panels, type WallPlace } from "./panels.ts";

/** Round-off of the angle under which all panels of a body are seen, 0 from outside. */
const ANGLE_ERROR = 1e-6;

/**
 * Squared distance from the middle of a panel, over its squared half length, beyond which a series
 * of five terms has an error below 1e-8.
 */
const FAR = 25;

const OFF_WALL: WallPlace = { panel: -1, other: -1, angle: 0 };

/**
 * Potential flow around bodies: steady, without viscosity, undisturbed far away.
 *
 * Each panel has a constant source strength; the vortex strength of a body is distributed by a
 * parabola that vanishes at its trailing edge, without which thin edges are ill-conditioned. Bodies
 * without a trailing edge have no circulation.
 *
 * The velocity of constant strengths is infinite at the ends of panels. Within a distance of the
 * length of the shorter panel over 2π, the logarithm of such a point has its value at that
 * distance, which gives the point the velocity of strengths that are linear across equal panels.
 *
 * Construction costs O(P³ / 3) products for P panels, the velocity at N points O(N P).
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * // A circle of radius 1, clockwise: above its top, the stream is 1 + 1 / y² times as fast.
 * const points = Float64Array.from({ length: 200 }, (_, k) => {
 *   const angle = -Math.PI * (k - k % 2) / 100;
 *   return k % 2 === 0 ? Math.cos(angle) : Math.sin(angle);
 * });
 * const flow = new PanelFlow([{ points }], [10, 0]);
 * const [u, v] = flow.velocities(Float64Array.of(0, 2));
 * assert.ok(Math.abs(u - 12.5) < 0.01 && Math.abs(v) < 0.01);
 * ```
 */
export class PanelFlow {
  readonly #panels: Panels;
  readonly #stream: readonly [number, number];
  /** (σ - iγ) e^(-iα) / 2π of each panel with direction α: real, imaginary [P, 2]. */
  readonly #strengths: Float64Array;
  /** Circulation around each body, counter-clockwise. */
  readonly circulations: readonly number[];

  /**
   * @param bodies Bodies that do not overlap.
   * @param stream Velocity of the undisturbed flow.
   * @param beat Called many times a second.
   * @throws {RangeError} If the equations have no single solution.
   */
  constructor(
    bodies: readonly Body[],
    stream: readonly [number, number],
    beat: () => void = () => {},
  ) {
    const panels = new Panels(bodies);
    const { sources, vortices } = solveStrengths(panels, bodies, stream, beat);
    this.#panels = panels;
    this.#stream = stream;
    this.#strengths = new Float64Array(2 * panels.count);
    const circulations = new Float64Array(bodies.length);
    for (let k = 0; k < panels.count; k++) {
      const source = sources[k] / (2 * Math.PI);
      const vortex = panels.weight[k] * vortices[panels.body[k]] / (2 * Math.PI);
      this.#strengths[2 * k] = source * panels.cos[k] - vortex * panels.sin[k];
      this.#strengths[2 * k + 1] = -source * panels.sin[k] - vortex * panels.cos[k];
      circulations[panels.body[k]] += 2 * Math.PI * vortex * panels.length[k];
    }
    this.circulations = [...circulations];
  }

  /**
   * Velocities at points [N, 2]. On a wall they are the limit from the fluid, at its corners along
   * the line that halves the angle there. Points within a body have the value of the nearest point
   * of its wall.
   *
   * @param points Coordinates [N, 2].
   * @param beat Called many times a second.
   */
  velocities(
    points: Float32Array | Float64Array,
    beat: () => void = () => {},
  ): Float64Array<ArrayBuffer> {
    const velocities = new Float64Array(points.length);
    for (let k = 0; k < points.length; k += 2) {
      if (k % 256 === 0) beat();
      const body = this.#sum(points[k], points[k + 1], OFF_WALL, velocities, k);
      if (body < 0) continue;
      const [x, y, place] = this.#panels.nearest(body, points[k], points[k + 1]);
      this.#sum(x, y, place, velocities, k);
    }
    return velocities;
  }

  /**
   * Writes the velocity at a point to `to`, from `at` on.
   *
   * @returns The body that contains the point, or has it on its wall; -1 for none.
   */
  #sum(x: number, y: number, place: WallPlace, to: Float64Array, at: number): number {
    const { count, body, x: px, y: py, next, core, middleX, middleY, halfX, halfY } = this.#panels;
    const strengths = this.#strengths;
    let u = this.#stream[0];
    let v = this.#stream[1];
    let inside = -1;
    let seen = 0;
    for (let k = 0; k < count; k++) {
      // ln((z - p) / (z - q)) = 2 artanh w, with w half the panel over the way from its middle.
      const dx = x - middleX[k], dy = y - middleY[k];
      const hx = halfX[k], hy = halfY[k];
      const square = dx * dx + dy * dy;
      let ratio: number, angle: number;
      if (square > FAR * (hx * hx + hy * hy)) {
        const wx = (hx * dx + hy * dy) / square, wy = (hy * dx - hx * dy) / square;
        const sx = wx * wx - wy * wy;
        const sy = 2 * wx * wy;
        let re = 2 / 9, im = 0;
        for (let n = 7; n > 0; n -= 2) {
          const product = re * sx - im * sy + 2 / n;
          im = re * sy + im * sx;
          re = product;
        }
        ratio = re * wx - im * wy;
        angle = re * wy + im * wx;
      } else {
        const q = next[k];
        const ax = x - px[k], ay = y - py[k];
        const bx = x - px[q], by = y - py[q];
        const first = Math.max(ax * ax + ay * ay, core[k]);
        const last = Math.max(bx * bx + by * by, core[q]);
        ratio = Math.log(first / last) / 2;
        const isAtPanel = k === place.panel || k === place.other;
        angle = isAtPanel ? place.angle : Math.atan2(ay * bx - ax * by, ax * bx + ay * by);
      }
      u += strengths[2 * k] * ratio - strengths[2 * k + 1] * angle;
      v -= strengths[2 * k] * angle + strengths[2 * k + 1] * ratio;
      seen += angle;
      if (k + 1 < count && body[k + 1] === body[k]) continue;
      if (Math.abs(seen) > ANGLE_ERROR) inside = body[k];
      seen = 0;
    }
    to[at] = u;
    to[at + 1] = v;
    return inside;
  }
}
