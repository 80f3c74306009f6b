// The end of a hop on the CPU; see hop_output.ts. Four elements are computed at a time; the last
// one to three go through a padded vector, so that all elements are computed alike.

import { gaussian, normalCdf } from "../cpu/normal.wasm";

const RELU: usize = 1;
const GELU: usize = 2;
/** 1 / sqrt(2 π). */
const DENSITY_SCALE: f32 = 0.3989422804;

/** Two padded vectors for the inputs, and one for the output. */
const EDGE: usize = memory.data(48, 16);

export function hopOutput(
  update: usize, latent: usize, next: usize, count: usize, activation: usize, residual: usize,
): void {
  const whole = count / 4 * 16, rest = count * 4 - whole;
  for (let at: usize = 0; at < whole; at += 16) {
    activateFour(update + at, latent + at, next + at, activation, residual);
  }
  if (rest == 0) return;
  memory.copy(EDGE, update + whole, rest);
  memory.copy(EDGE + 16, latent + whole, rest);
  activateFour(EDGE, EDGE + 16, EDGE + 32, activation, residual);
  memory.copy(next + whole, EDGE + 32, rest);
}

@inline
function activateFour(
  update: usize, latent: usize, next: usize, activation: usize, residual: usize,
): void {
  let value = v128.load(update);
  if (activation == RELU) value = f32x4.max(value, f32x4.splat(0));
  if (activation == GELU) value = f32x4.mul(value, normalCdf(value, gaussian(value)));
  if (residual == 1) value = f32x4.add(value, v128.load(latent));
  v128.store(next, value);
}

export function hopOutputBackward(
  update: usize, nextGradient: usize, updateGradient: usize, count: usize, activation: usize,
): void {
  const whole = count / 4 * 16, rest = count * 4 - whole;
  for (let at: usize = 0; at < whole; at += 16) {
    backwardFour(update + at, nextGradient + at, updateGradient + at, activation);
  }
  if (rest == 0) return;
  memory.copy(EDGE, update + whole, rest);
  memory.copy(EDGE + 16, nextGradient + whole, rest);
  backwardFour(EDGE, EDGE + 16, EDGE + 32, activation);
  memory.copy(updateGradient + whole, EDGE + 32, rest);
}

@inline
function backwardFour(
  update: usize, nextGradient: usize, updateGradient: usize, activation: usize,
): void {
  const x = v128.load(update);
  let gradient = v128.load(nextGradient);
  if (activation == RELU) gradient = v128.and(gradient, f32x4.gt(x, f32x4.splat(0)));
  if (activation == GELU) {
    const density = gaussian(x);
    const slope = f32x4.relaxed_madd(
      f32x4.mul(x, f32x4.splat(DENSITY_SCALE)), density, normalCdf(x, density),
    );
    gradient = f32x4.mul(gradient, slope);
  }
  v128.store(updateGradient, gradient);
}
