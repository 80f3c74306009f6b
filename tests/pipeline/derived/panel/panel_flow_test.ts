/**
 * Potential flow against closed forms: circles, and aerofoils by conformal maps.
 *
 * @module
 */

import assert from "node:assert/strict";
import {
  type Body,
  findTrailingEdge,
  signedDoubleArea,
  thinBody,
} from "../../../../pipeline/derived/panel/body.ts";
import { solveDense } from "../../../../pipeline/derived/panel/dense_system.ts";
import { PanelFlow } from "../../../../pipeline/derived/panel/panel_flow.ts";
import { fillUniform, hash } from "../../../../pipeline/graph/random.ts";

type Complex = readonly [re: number, im: number];
const add = (a: Complex, b: Complex): Complex => [a[0] + b[0], a[1] + b[1]];
const subtract = (a: Complex, b: Complex): Complex => [a[0] - b[0], a[1] - b[1]];
const times = (a: Complex, b: Complex): Complex => [
  a[0] * b[0] - a[1] * b[1],
  a[0] * b[1] + a[1] * b[0],
];
const over = (a: Complex, b: Complex): Complex => {
  const [re, im] = times(a, [b[0], -b[1]]);
  const square = b[0] ** 2 + b[1] ** 2;
  return [re / square, im / square];
};
const polar = (size: number, angle: number): Complex => [
  size * Math.cos(angle),
  size * Math.sin(angle),
];
const power = (a: Complex, exponent: number): Complex =>
  polar(Math.hypot(...a) ** exponent, exponent * Math.atan2(a[1], a[0]));

/** A circle in a stream of speed 1 at an angle. */
interface CircleInStream {
  readonly center: Complex;
  readonly radius: number;
  readonly angle: number;
  readonly circulation: number;
}

/** u - iv around a circle. */
function circleFlow(z: Complex, { center, radius, angle, circulation }: CircleInStream): Complex {
  const way = subtract(z, center);
  const doublet = over(polar(radius ** 2, angle), times(way, way));
  const vortex = over([0, -circulation / (2 * Math.PI)], way);
  return add(subtract(polar(1, -angle), doublet), vortex);
}

const ORIGIN: Complex = [0, 0];

/** Points around a circle, clockwise from an angle on. */
function circle(count: number, { center = ORIGIN, radius = 1, from = 0 } = {}): Complex[] {
  return Array.from(
    { length: count },
    (_, k) => add(center, polar(radius, from - 2 * Math.PI * k / count)),
  );
}

const pack = (points: readonly Complex[]): Float64Array => Float64Array.from(points.flat());

/** Largest difference of two lists. */
function difference(a: Float64Array, b: Float64Array): number {
  return a.reduce((most, value, k) => Math.max(most, Math.abs(value - b[k])), 0);
}

/** Largest distance of velocities from u - iv. */
function worst(flow: PanelFlow, points: readonly Complex[], exact: readonly Complex[]): number {
  const velocities = flow.velocities(pack(points));
  const errors = exact.map(([u, v], k) =>
    Math.hypot(velocities[2 * k] - u, velocities[2 * k + 1] + v)
  );
  return Math.max(...errors);
}

/**
 * Aerofoil of Kármán and Trefftz. Its trailing edge at (exponent, 0) has the angle 2 - exponent,
 * times pi: for 2 it is a cusp, and the aerofoil that of Joukowski.
 */
class Aerofoil {
  readonly center: Complex = [-0.1, 0.08];
  readonly radius = Math.hypot(1.1, 0.08);
  /** Angle at which the trailing edge lies on the circle. */
  readonly edgeAngle = -Math.asin(this.center[1] / this.radius);
  readonly #exponent: number;

  constructor(exponent: number) {
    this.#exponent = exponent;
  }

  circulation(angle: number): number {
    return -4 * Math.PI * this.radius * Math.sin(angle - this.edgeAngle);
  }

  /** Image of a point of the plane of the circle. */
  point(z: Complex): Complex {
    const ratio = this.#ratio(z);
    return times([this.#exponent, 0], over(add([1, 0], ratio), subtract([1, 0], ratio)));
  }

  /** Points around the aerofoil, from the trailing edge on. */
  points(count: number): readonly Complex[] {
    const { center, radius, edgeAngle } = this;
    const [, ...others] = circle(count, { center, radius, from: edgeAngle });
    return [[this.#exponent, 0], ...others.map((z) => this.point(z))];
  }

  /** u - iv at the image of z. */
  flow(z: Complex, angle: number): Complex {
    const { center, radius } = this;
    const circulation = this.circulation(angle);
    const ratio = this.#ratio(z);
    const slope = over(
      times([4 * this.#exponent ** 2, 0], ratio),
      times(subtract(times(z, z), [1, 0]), power(subtract([1, 0], ratio), 2)),
    );
    return over(circleFlow(z, { center, radius, angle, circulation }), slope);
  }

  #ratio(z: Complex): Complex {
    return power(over(subtract(z, [1, 0]), add(z, [1, 0])), this.#exponent);
  }
}

/** Points 2 % to 160 % of the radius away from a circle. */
function around({ center, radius }: { readonly center: Complex; readonly radius: number }) {
  return Array.from(
    { length: 180 },
    (_, k) => add(center, polar(radius * (1 + 0.02 * (1 + k % 9) ** 2), 0.157 * k + 0.05)),
  );
}

Deno.test("the flow around a circle converges with the square of the panels' length", () => {
  const angle = 0.3;
  const unit = { center: ORIGIN, radius: 1 };
  // A trailing edge at angle 0 fixes the circulation of a smooth body.
  for (const trailingEdge of [undefined, { first: 0, panels: 0 }]) {
    const circulation = trailingEdge === undefined ? 0 : -4 * Math.PI * Math.sin(angle);
    const exact = (z: Complex) => circleFlow(z, { ...unit, angle, circulation });
    const errors = [40, 80].map((count) => {
      const points = circle(count);
      const flow = new PanelFlow([{ points: pack(points), trailingEdge }], polar(1, angle));
      assert.ok(Math.abs(flow.circulations[0] - circulation) <= 0.01 * Math.abs(circulation));
      // Nodes on the wall and right next to it.
      const near = points.flatMap((z) => [z, times(z, [1 + 1e-7, 0])]);
      assert.ok(worst(flow, near, near.map(exact)) < 1 / count);
      return worst(flow, around(unit), around(unit).map(exact));
    });
    assert.ok(errors[1] < 0.01, `${errors}`);
    assert.ok(errors[0] / errors[1] > 3, `${errors}`);
  }
});

for (const [exponent, name] of [[2, "Joukowski"], [1.9, "Kármán and Trefftz"]] as const) {
  Deno.test(`lift and velocity around an aerofoil of ${name} are exact to 1 %`, () => {
    const aerofoil = new Aerofoil(exponent);
    const points = pack(aerofoil.points(120));
    for (const angle of [-0.1, 0.15]) {
      const trailingEdge = findTrailingEdge(points, polar(1, angle));
      assert.deepEqual(trailingEdge, { first: 0, panels: 0 });
      const flow = new PanelFlow([{ points, trailingEdge }], polar(1, angle));
      // The lift coefficient is -2 times the circulation, over the chord.
      const exactLift = aerofoil.circulation(angle);
      assert.ok(Math.abs(flow.circulations[0] / exactLift - 1) < 0.01);
      const nodes = around(aerofoil);
      const exact = nodes.map((z) => aerofoil.flow(z, angle));
      assert.ok(worst(flow, nodes.map((z) => aerofoil.point(z)), exact) < 0.01);
    }
  });
}

Deno.test("bodies far apart do not feel each other, close ones do", () => {
  const points = pack(new Aerofoil(1.9).points(60));
  const one: Body = { points, trailingEdge: { first: 0, panels: 0 } };
  const ball = (x: number): Body => ({ points: pack(circle(40, { center: [x, 0] })) });
  const at = Float64Array.of(0.3, 1, -3, 0.5);
  const alone = new PanelFlow([one], [1, 0.1]);
  const far = new PanelFlow([one, ball(3e4)], [1, 0.1]);
  const close = new PanelFlow([ball(-4), one], [1, 0.1]);
  assert.ok(difference(far.velocities(at), alone.velocities(at)) < 1e-4);
  assert.ok(difference(close.velocities(at), alone.velocities(at)) > 0.05);
  assert.equal(close.circulations[0], 0);
});

Deno.test("two circles side by side have the flow of their images", () => {
  const height = 1.5;
  const bodies = [1, -1].map((side) => ({
    points: pack(circle(120, { center: [0, side * height] })),
  }));
  const flow = new PanelFlow(bodies, [1, 0]);
  // The line between them is a wall: doublets at the images of the centers, image after image.
  const exact = (z: Complex): Complex => {
    let w: Complex = [1, 0];
    // How far the images lie from the centers, towards the line.
    let shift = 0;
    let strength = 1;
    for (let image = 0; image < 30; image++) {
      for (const side of [1, -1]) {
        const way = subtract(z, [0, side * (height - shift)]);
        w = subtract(w, over([strength, 0], times(way, way)));
      }
      const distance = 2 * height - shift;
      strength *= 1 / distance ** 2;
      shift = 1 / distance;
    }
    return w;
  };
  const nodes: Complex[] = [[0, 0], [0, 0.3], [0.4, 0], [1.2, 0.5], [0, 2.7], [-2, 1.5]];
  assert.ok(worst(flow, nodes, nodes.map(exact)) < 0.01);
});

Deno.test("the flow turns, moves and grows with bodies and stream", () => {
  const points = new Aerofoil(1.9).points(40);
  const turn = polar(3, 0.7);
  const move = (z: Complex): Complex => add(times(z, turn), [-5, 2]);
  const nodes: Complex[] = [[0, 1], [-2.3, 0.1], [2.5, -0.4], points[7], points[0]];
  const flowAround = (wall: readonly Complex[], stream: Complex) => {
    const trailingEdge = findTrailingEdge(pack(wall), stream);
    return new PanelFlow([{ points: pack(wall), trailingEdge }], stream);
  };
  const stream: Complex = [0.9, 0.2];
  const velocities = flowAround(points, stream).velocities(pack(nodes));
  const moved = flowAround(points.map(move), times(stream, turn));
  const turned = nodes.map((_, k) => times([velocities[2 * k], velocities[2 * k + 1]], turn));
  assert.ok(difference(moved.velocities(pack(nodes.map(move))), pack(turned)) < 1e-6);
  // Another first point of the wall.
  const shifted = flowAround([...points.slice(11), ...points.slice(0, 11)], stream);
  assert.ok(difference(shifted.velocities(pack(nodes)), velocities) < 1e-9);
});

Deno.test("velocities are bounded on corners, on panels, and within a body", () => {
  const points = Float64Array.of(0, 0, 0, 1, 1, 1, 1, 0);
  const flow = new PanelFlow([{ points }], [1, 0]);
  const at = Float64Array.of(0, 0, 1, 1, 0.5, 1, 0.5, 0.9, 0.5, 1 + 1e-9, 1e-12, 1 + 1e-12);
  const velocities = flow.velocities(at);
  assert.ok(velocities.every((value) => Math.abs(value) < 5));
  const [onWall, inside, outside] = [4, 6, 8].map((k) => velocities.slice(k, k + 2));
  assert.ok(difference(inside, onWall) < 1e-12);
  assert.ok(difference(outside, onWall) < 1e-6);
});

Deno.test("a trailing edge is sharp, blunt or rounded, and points downstream", () => {
  const of = (points: readonly Complex[], stream: Complex = [1, 0]) =>
    findTrailingEdge(pack(points), stream);
  assert.equal(of(circle(60)), undefined);
  assert.equal(of([[0, 0], [0, 1], [1, 1], [1, 0]]), undefined);
  const lens: Complex[] = [[-1, 0], [0, 0.1], [1, 0], [0, -0.1]];
  assert.deepEqual(of(lens), { first: 2, panels: 0 });
  assert.deepEqual(of(lens, [-1, 0.2]), { first: 0, panels: 0 });
  const blunt: Complex[] = [[-1, 0], [0, 0.1], [1, 0.01], [1, -0.01], [0, -0.1]];
  assert.deepEqual(of(blunt), { first: 2, panels: 1 });
  const tip = [0.45, 0.2, 0, -0.2, -0.45].map((t) => add([1, 0], polar(0.01, t * Math.PI)));
  const rounded: Complex[] = [[-1, 0], [0, 0.1], ...tip, [0, -0.1]];
  assert.deepEqual(of(rounded), { first: 2, panels: 4 });
  for (const points of [lens, blunt, rounded]) {
    const body = { points: pack(points), trailingEdge: of(points) };
    assert.ok(Math.abs(new PanelFlow([body], [1, 0]).circulations[0]) < 1e-9);
    assert.ok(new PanelFlow([body], polar(1, 0.1)).circulations[0] < -0.3);
  }
  // A cusp whose sides cross by round-off.
  const crossing: Complex[] = [[-1, 0.3], [0, -1e-9], [1, 0], [0, 1e-9], [-1, -0.3]];
  assert.deepEqual(of(crossing), { first: 2, panels: 0 });
});

Deno.test("thinBody() keeps the trailing edge and every n-th point", () => {
  const points = circle(200);
  const body = { points: pack(points), trailingEdge: { first: 50, panels: 2 } };
  const thin = thinBody(body, 4, 16);
  assert.deepEqual(thin.trailingEdge, { first: 0, panels: 2 });
  const first = [50, 51, 52, 56].map((k) => points[k]);
  assert.deepEqual(thin.points.slice(0, 8), pack(first));
  assert.ok(signedDoubleArea(thin.points) < -2 * 3.1);
  assert.equal(thinBody({ points: pack(points) }, 99, 16).points.length / 2, 17);
  assert.equal(thinBody({ points: pack(circle(20)) }, 4, 16).points.length / 2, 20);
});

Deno.test("solveDense() exchanges rows, and refuses singular systems", () => {
  const n = 40;
  const matrix = Float64Array.from(fillUniform(hash(5), new Float32Array(n * n)));
  for (let k = 0; k < n; k++) matrix[k * n + k] = 0;
  const x = Float64Array.from({ length: n }, (_, k) => k - 3);
  const right = x.map((_, i) => x.reduce((sum, value, k) => sum + matrix[i * n + k] * value, 0));
  solveDense(matrix, right);
  assert.ok(difference(right, x) < 1e-9);
  assert.throws(() => solveDense(Float64Array.of(1, 2, 2, 4), Float64Array.of(1, 1)), RangeError);
});
