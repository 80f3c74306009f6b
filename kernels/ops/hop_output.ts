/**
 * The end of a hop: activation and residual connection, with the adjoint.
 *
 * @module
 */

import { defineKernel, overwriteF32, readF32 } from "../kernel.ts";

/** Activation codes. GELU is the exact (erf) form. */
export const ACTIVATION_CODES = { identity: 0, relu: 1, gelu: 2 } as const;

/** Name of an activation. */
export type Activation = keyof typeof ACTIVATION_CODES;

/**
 * `next = (residual ? latent : 0) + activation(update)`, elementwise over `count` values.
 */
export const hopOutput = defineKernel({
  name: "hopOutput",
  bindings: { update: readF32, latent: readF32, next: overwriteF32 },
  sizes: ["count", "activation", "residual"],
  reference({ update, latent, next }, { count, activation, residual }) {
    for (let k = 0; k < count; k++) {
      const value = activate(update[k], activation);
      next[k] = residual === 1 ? latent[k] + value : value;
    }
  },
});

/**
 * `updateGradient = nextGradient · activation'(update)`, elementwise over `count` values.
 */
export const hopOutputBackward = defineKernel({
  name: "hopOutputBackward",
  bindings: { update: readF32, nextGradient: readF32, updateGradient: overwriteF32 },
  sizes: ["count", "activation"],
  reference({ update, nextGradient, updateGradient }, { count, activation }) {
    for (let k = 0; k < count; k++) {
      updateGradient[k] = nextGradient[k] * activationSlope(update[k], activation);
    }
  },
});

function activate(x: number, code: number): number {
  if (code === ACTIVATION_CODES.relu) return Math.max(x, 0);
  if (code === ACTIVATION_CODES.gelu) return x * normalCdf(x);
  return x;
}

function activationSlope(x: number, code: number): number {
  if (code === ACTIVATION_CODES.relu) return x > 0 ? 1 : 0;
  if (code === ACTIVATION_CODES.gelu) {
    return normalCdf(x) + x * Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
  }
  return 1;
}

function normalCdf(x: number): number {
  return 0.5 * (1 + erf(x / Math.SQRT2));
}

/**
 * Error function in float64, with an absolute error below 1e-15: Maclaurin series for |x| < 3,
 * continued fraction beyond (Abramowitz and Stegun 7.1.6 and 7.1.14).
 */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (a > 6) return Math.sign(x);
  if (a < 3) {
    let term = a, sum = a;
    for (let n = 1; Math.abs(term) > 1e-17 * sum; n++) {
      term *= 2 * a * a / (2 * n + 1);
      sum += term;
    }
    return Math.sign(x) * 2 / Math.sqrt(Math.PI) * Math.exp(-a * a) * sum;
  }
  let fraction = a;
  for (let n = 60; n > 0; n--) fraction = a + n / 2 / fraction;
  return Math.sign(x) * (1 - Math.exp(-a * a) / Math.sqrt(Math.PI) / fraction);
}
