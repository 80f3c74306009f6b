import assert from "node:assert/strict";
import {
  applyStencil,
  createStencil,
  Multigrid,
  type Stencil,
} from "../../../../pipeline/datasets/darcy/multigrid.ts";

/**
 * A nine-point M-matrix with uneven entries: every off-diagonal negative, the diagonal their sum
 * and a little.
 */
function unevenOperator(size: number): Stencil {
  const operator = createStencil(size);
  const { stride, centre } = operator;
  const directions = [["north", 0, 1], ["southEast", 1, -1], ["east", 1, 0], [
    "northEast",
    1,
    1,
  ]] as const;
  for (let i = 1; i <= size; i++) {
    for (let j = 1; j <= size; j++) {
      const p = i * stride + j;
      centre[p] += 0.01;
      for (const [name, di, dj] of directions) {
        const [k, l] = [i + di, j + dj];
        if (k > size || l < 1 || l > size) continue;
        const strength = 1 + Math.sin(3 * p + di + 2 * dj) ** 2 * 4;
        operator[name][p] = -strength;
        centre[p] += strength;
        centre[k * stride + l] += strength;
      }
    }
  }
  return operator;
}

/** Numbers on the unknowns, 0 on the ring. */
function onUnknowns({ size, stride }: Stencil, value: (p: number) => number): Float64Array {
  return new Float64Array(stride * stride).map((_, p) => {
    const [i, j] = [Math.floor(p / stride), p % stride];
    return i >= 1 && i <= size && j >= 1 && j <= size ? value(p) : 0;
  });
}

function dot(x: Float64Array, y: Float64Array): number {
  return x.reduce((sum, value, p) => sum + value * y[p], 0);
}

Deno.test("applyStencil() applies the nine entries of a row", () => {
  const operator = unevenOperator(3);
  const { stride, centre, north, southEast, east, northEast } = operator;
  const p = 2 * stride + 2;
  const entries = new Map([
    [p, centre[p]],
    [p + 1, north[p]],
    [p - 1, north[p - 1]],
    [p + stride, east[p]],
    [p - stride, east[p - stride]],
    [p + stride + 1, northEast[p]],
    [p - stride - 1, northEast[p - stride - 1]],
    [p + stride - 1, southEast[p]],
    [p - stride + 1, southEast[p - stride + 1]],
  ]);
  for (const [q, entry] of entries) {
    const image = new Float64Array(stride * stride);
    applyStencil(operator, onUnknowns(operator, (r) => r === q ? 1 : 0), image);
    assert.ok(entry !== 0);
    assert.equal(image[p], entry);
  }
});

Deno.test("Multigrid.cycle() solves a single unknown exactly", () => {
  const operator = createStencil(1);
  operator.centre[4] = 8;
  const solution = new Float64Array(9);
  new Multigrid(operator).cycle(onUnknowns(operator, () => 2), solution);
  assert.equal(solution[4], 0.25);
});

Deno.test("Multigrid.cycle() is symmetric: <Bx, y> = <x, By>", () => {
  for (const size of [2, 3, 4, 5, 7, 8, 20, 31]) {
    const operator = unevenOperator(size);
    const multigrid = new Multigrid(operator);
    const x = onUnknowns(operator, (p) => Math.sin(p * p));
    const y = onUnknowns(operator, (p) => Math.cos(7 * p));
    const [bx, by] = [new Float64Array(x.length), new Float64Array(x.length)];
    multigrid.cycle(x, bx);
    multigrid.cycle(y, by);
    const scale = Math.sqrt(dot(bx, bx) * dot(y, y));
    assert.ok(Math.abs(dot(bx, y) - dot(x, by)) <= 1e-13 * scale, `size ${size}`);
    assert.ok(dot(x, bx) > 0, `size ${size}: not positive`);
  }
});

Deno.test("Multigrid.cycle() reduces the energy of the error threefold at any size", () => {
  for (const size of [2, 3, 6, 15, 16, 17, 40, 62, 63, 64]) {
    const operator = unevenOperator(size);
    const multigrid = new Multigrid(operator);
    const image = new Float64Array(operator.stride ** 2);
    const correction = new Float64Array(operator.stride ** 2);
    const error = onUnknowns(operator, (p) => 1 + Math.sin(p * p) + (p % 5));
    const energy = () => {
      applyStencil(operator, error, image);
      return Math.sqrt(dot(error, image));
    };
    // The first cycles remove what is easy; the last show the rate, 0.1 to 0.3 here.
    const energies: number[] = [];
    for (let cycle = 0; cycle < 8; cycle++) {
      energies.push(energy());
      if (energies[cycle] < 1e-10 * energies[0]) break;
      multigrid.cycle(image, correction);
      for (let p = 0; p < error.length; p++) error[p] -= correction[p];
      assert.ok(
        energy() <= energies[cycle] / 3,
        `size ${size}, cycle ${cycle}: ${energy() / energies[cycle]}`,
      );
    }
  }
});
