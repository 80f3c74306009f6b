/**
 * Panels: the straight sides between neighbouring points of walls.
 *
 * @module
 */

import type { Body, TrailingEdge } from "./body.ts";

/**
 * Share of a panel next to its ends that counts as their corner: coordinates have the precision of
 * float32.
 */
const CORNER_SHARE = 1e-4;

/** Place of a point on a wall, with the angles of the panels that it touches. */
export interface WallPlace {
  readonly panel: number;
  /** The second panel at a corner; -1 elsewhere. */
  readonly other: number;
  /** Minus the angle under which each of them is seen from the fluid next to the point. */
  readonly angle: number;
}

/** Panels of all bodies. Panel k starts at point k and has the fluid on its left. */
export class Panels {
  readonly count: number;
  /** First panel of each body [bodies + 1]. */
  readonly starts: Uint32Array;
  /** Body of each panel [P]. */
  readonly body: Uint32Array;
  /** Coordinates of the points [P]. */
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** The panel that starts where a panel ends [P]. */
  readonly next: Uint32Array;
  readonly length: Float64Array;
  /** Direction of each panel [P]. */
  readonly cos: Float64Array;
  readonly sin: Float64Array;
  readonly middleX: Float64Array;
  readonly middleY: Float64Array;
  /** Way from the middle of each panel to its end [P]. */
  readonly halfX: Float64Array;
  readonly halfY: Float64Array;
  /** Squared radius around each point within which its logarithm is constant [P]. */
  readonly core: Float64Array;
  /**
   * Vortex strength of each panel over that of its body [P]: 6 t (1 - t) at the share t of the wall
   * from the trailing edge around the body and back to it. Its mean is 1.
   */
  readonly weight: Float64Array;

  /** @param bodies Bodies with points at distinct places. */
  constructor(bodies: readonly Body[]) {
    this.starts = new Uint32Array(bodies.length + 1);
    for (const [b, { points }] of bodies.entries()) {
      this.starts[b + 1] = this.starts[b] + points.length / 2;
    }
    const count = this.starts[bodies.length];
    this.count = count;
    this.body = new Uint32Array(count);
    this.x = new Float64Array(count);
    this.y = new Float64Array(count);
    this.next = new Uint32Array(count);
    this.length = new Float64Array(count);
    this.cos = new Float64Array(count);
    this.sin = new Float64Array(count);
    this.middleX = new Float64Array(count);
    this.middleY = new Float64Array(count);
    this.halfX = new Float64Array(count);
    this.halfY = new Float64Array(count);
    this.core = new Float64Array(count);
    this.weight = new Float64Array(count);
    for (const [b, { points, trailingEdge }] of bodies.entries()) {
      this.#add(b, points);
      if (trailingEdge !== undefined) this.#weigh(b, trailingEdge);
    }
  }

  #add(body: number, points: Float64Array): void {
    const start = this.starts[body];
    const end = this.starts[body + 1];
    for (let k = start; k < end; k++) {
      this.body[k] = body;
      this.x[k] = points[2 * (k - start)];
      this.y[k] = points[2 * (k - start) + 1];
      this.next[k] = k + 1 < end ? k + 1 : start;
    }
    for (let k = start; k < end; k++) {
      const dx = this.x[this.next[k]] - this.x[k];
      const dy = this.y[this.next[k]] - this.y[k];
      this.length[k] = Math.hypot(dx, dy);
      this.cos[k] = dx / this.length[k];
      this.sin[k] = dy / this.length[k];
      this.halfX[k] = dx / 2;
      this.halfY[k] = dy / 2;
      this.middleX[k] = this.x[k] + dx / 2;
      this.middleY[k] = this.y[k] + dy / 2;
    }
    for (let k = start; k < end; k++) {
      const shorter = Math.min(this.length[this.before(k)], this.length[k]);
      this.core[k] = (shorter / (2 * Math.PI)) ** 2;
    }
  }

  #weigh(body: number, { first, panels }: TrailingEdge): void {
    const sides = this.#around(body, first + panels, this.starts[body + 1] - this.starts[body]);
    const free = sides.slice(0, sides.length - panels);
    const total = free.reduce((sum, panel) => sum + this.length[panel], 0);
    let passed = 0;
    for (const panel of free) {
      const t = (passed + this.length[panel] / 2) / total;
      this.weight[panel] = 6 * t * (1 - t);
      passed += this.length[panel];
    }
  }

  /** Panels of a body from its point `first` on. */
  #around(body: number, first: number, panels: number): number[] {
    const start = this.starts[body];
    const count = this.starts[body + 1] - start;
    return Array.from({ length: panels }, (_, k) => start + (first + k) % count);
  }

  /** The panel before and the panel after the trailing edge of a body. */
  besideEdge(body: number, { first, panels }: TrailingEdge): readonly [number, number] {
    const [start] = this.#around(body, first, 1);
    const [end] = this.#around(body, first + panels, 1);
    return [this.before(start), end];
  }

  /** The panel that ends where panel `k` starts. */
  before(k: number): number {
    const body = this.body[k];
    return k > this.starts[body] ? k - 1 : this.starts[body + 1] - 1;
  }

  /** The point on the wall of a body that is nearest to a point, and its place. */
  nearest(body: number, x: number, y: number): readonly [x: number, y: number, place: WallPlace] {
    let panel = this.starts[body];
    let share = 0;
    let least = Infinity;
    for (let k = this.starts[body]; k < this.starts[body + 1]; k++) {
      const dx = x - this.x[k], dy = y - this.y[k];
      const along = (dx * this.cos[k] + dy * this.sin[k]) / this.length[k];
      const clipped = Math.min(1, Math.max(0, along)) * this.length[k];
      const gap = Math.hypot(dx - clipped * this.cos[k], dy - clipped * this.sin[k]);
      if (gap >= least) continue;
      least = gap;
      panel = k;
      share = along;
    }
    if (share < CORNER_SHARE) return this.#corner(panel);
    if (share > 1 - CORNER_SHARE) return this.#corner(this.next[panel]);
    const along = share * this.length[panel];
    return [
      this.x[panel] + along * this.cos[panel],
      this.y[panel] + along * this.sin[panel],
      { panel, other: -1, angle: -Math.PI },
    ];
  }

  #corner(k: number): readonly [x: number, y: number, place: WallPlace] {
    const before = this.before(k);
    const turn = Math.atan2(
      this.cos[before] * this.sin[k] - this.sin[before] * this.cos[k],
      this.cos[before] * this.cos[k] + this.sin[before] * this.sin[k],
    );
    return [this.x[k], this.y[k], { panel: before, other: k, angle: -(Math.PI + turn) / 2 }];
  }
}
