/**
 * Adam and the one-cycle schedule. Both run on the host, which holds the reduced gradient anyway.
 * Muon, the other optimizer, is in `muon.ts`.
 *
 * @module
 */

/** Options of Adam (Kingma and Ba 2015), as in PyTorch. */
export interface AdamOptions {
  /** @default 0.9 */
  readonly beta1?: number | undefined;
  /** @default 0.999 */
  readonly beta2?: number | undefined;
  /** @default 1e-8 */
  readonly epsilon?: number | undefined;
}

/** State of an optimizer between two steps; arrays are flat like the parameters. */
export interface OptimizerState {
  /** The number of steps taken. */
  readonly step: number;
  /** First moments of Adam; for the matrices of Muon, its momentum. */
  readonly firstMoment: Float32Array<ArrayBuffer>;
  readonly secondMoment: Float32Array<ArrayBuffer>;
}

/**
 * Updates one flat array of parameters, in two parts: a step that fails or is interrupted before
 * `apply` changes nothing.
 */
export interface Optimizer {
  /** Everything but its arguments that the next step depends on; each step changes the arrays. */
  readonly state: OptimizerState;
  /** Continues from the state of an optimizer of the same kind and length. */
  restore(state: OptimizerState): void;
  /**
   * Computes the next step aside; parameters and state remain those before it.
   *
   * @throws {NonFiniteError} If a number of the state or a parameter would not be finite in
   * float32.
   */
  prepare(
    parameters: Float32Array,
    gradient: Float32Array,
    learningRate: number,
  ): void | Promise<void>;
  /** Takes the prepared step: updates `parameters` in place, and the state. */
  apply(parameters: Float32Array): void;
  /** Releases the device memory. */
  release(): void;
}

/** Elements `[start, end)` of a flat array. */
export interface ElementRange {
  readonly start: number;
  readonly end: number;
}

/** A number of a training became infinite or not a number. */
export class NonFiniteError extends RangeError {
  override name = "NonFiniteError";
  /** Number of the first such element in its flat array. */
  readonly element: number;

  constructor(message: string, element: number) {
    super(message);
    this.element = element;
  }
}

/**
 * The first element that is not finite, or -1 if all are. One sum decides: finite float32 numbers
 * cannot overflow it, and no other number makes it finite.
 */
export function firstNonFinite(values: Float32Array): number {
  let sum = 0;
  for (let k = 0; k < values.length; k++) sum += values[k];
  return Number.isFinite(sum) ? -1 : values.findIndex((value) => !Number.isFinite(value));
}

/** Adam over a flat array or ranges of it; moments in float32, arithmetic in float64. */
export class Adam implements Optimizer {
  readonly #beta1: number;
  readonly #beta2: number;
  readonly #epsilon: number;
  readonly #ranges: readonly ElementRange[];
  readonly #firstMoment: Float32Array<ArrayBuffer>;
  readonly #secondMoment: Float32Array<ArrayBuffer>;
  /** Moments and parameters of the next step, until all are known to be finite. */
  readonly #nextFirst: Float32Array;
  readonly #nextSecond: Float32Array;
  readonly #nextParameters: Float32Array;
  #step = 0;

  /** @param ranges The elements to update, in ascending order. @default all */
  constructor(
    length: number,
    { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: AdamOptions = {},
    ranges: readonly ElementRange[] = [{ start: 0, end: length }],
  ) {
    this.#beta1 = beta1;
    this.#beta2 = beta2;
    this.#epsilon = epsilon;
    this.#ranges = ranges;
    this.#firstMoment = new Float32Array(length);
    this.#secondMoment = new Float32Array(length);
    this.#nextFirst = new Float32Array(length);
    this.#nextSecond = new Float32Array(length);
    this.#nextParameters = new Float32Array(length);
  }

  get state(): OptimizerState {
    return { step: this.#step, firstMoment: this.#firstMoment, secondMoment: this.#secondMoment };
  }

  restore({ step, firstMoment, secondMoment }: OptimizerState): void {
    this.#step = step;
    this.#firstMoment.set(firstMoment);
    this.#secondMoment.set(secondMoment);
  }

  prepare(parameters: Float32Array, gradient: Float32Array, learningRate: number): void {
    const beta1 = this.#beta1;
    const beta2 = this.#beta2;
    const oldM = this.#firstMoment;
    const oldV = this.#secondMoment;
    const m = this.#nextFirst;
    const v = this.#nextSecond;
    const p = this.#nextParameters;
    const step = this.#step + 1;
    const stepSize = learningRate / (1 - beta1 ** step);
    const scale = 1 / Math.sqrt(1 - beta2 ** step);
    // Not finite if one of its terms is not; a first moment that is not makes its parameter so.
    let sum = 0;
    for (const { start, end } of this.#ranges) {
      for (let k = start; k < end; k++) {
        const g = gradient[k];
        m[k] = beta1 * oldM[k] + (1 - beta1) * g;
        v[k] = beta2 * oldV[k] + (1 - beta2) * g * g;
        p[k] = parameters[k] - stepSize * m[k] / (Math.sqrt(v[k]) * scale + this.#epsilon);
        sum += v[k] + p[k];
      }
    }
    if (!Number.isFinite(sum)) {
      const first = [m, v, p].map(firstNonFinite).filter((element) => element >= 0);
      const k = Math.min(...first);
      throw new NonFiniteError(
        "Cannot update parameters: moments and parameters must be finite in float32, element " +
          `${k} has the gradient ${gradient[k]} and becomes ${p[k]} with moments ${m[k]} and ` +
          v[k],
        k,
      );
    }
  }

  apply(parameters: Float32Array): void {
    this.#step++;
    for (const { start, end } of this.#ranges) {
      this.#firstMoment.set(this.#nextFirst.subarray(start, end), start);
      this.#secondMoment.set(this.#nextSecond.subarray(start, end), start);
      parameters.set(this.#nextParameters.subarray(start, end), start);
    }
  }

  /**
   * Updates `parameters` in place by one step.
   *
   * @throws {NonFiniteError} If a moment or parameter would not be finite in float32; parameters
   * and state are then those before the step.
   */
  step(parameters: Float32Array, gradient: Float32Array, learningRate: number): void {
    this.prepare(parameters, gradient, learningRate);
    this.apply(parameters);
  }

  /** Does nothing: Adam has no device memory. */
  release(): void {}
}

/**
 * Options of the one-cycle schedule (Smith and Topin 2018), as in PyTorch's OneCycleLR with cosine
 * annealing.
 */
export interface OneCycleOptions {
  readonly steps: number;
  readonly peakRate: number;
  /** Fraction of the steps in which the rate rises. @default 0.3 */
  readonly warmup?: number | undefined;
  /** Ratio of the peak to the initial rate. @default 25 */
  readonly initialDivisor?: number | undefined;
  /** Ratio of the initial to the final rate. @default 1e4 */
  readonly finalDivisor?: number | undefined;
}

/**
 * The learning rate of step `step`, counted from 0: a function of the step alone, hence equal on
 * all ranks.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const cycle = { steps: 10, peakRate: 1, warmup: 0.3 };
 * assert.equal(oneCycleRate(2, cycle), 1); // step 0.3 · 10 - 1 is the peak
 * assert(Math.abs(oneCycleRate(0, cycle) - 1 / 25) < 1e-12);
 * ```
 */
export function oneCycleRate(step: number, options: OneCycleOptions): number {
  const { steps, peakRate, warmup = 0.3, initialDivisor = 25, finalDivisor = 1e4 } = options;
  const initial = peakRate / initialDivisor;
  const last = Math.max(steps - 1, 1);
  const peak = Math.max(warmup * steps - 1, 0);
  if (step <= peak) return cosine(initial, peakRate, peak === 0 ? 1 : step / peak);
  return cosine(peakRate, initial / finalDivisor, Math.min(1, (step - peak) / (last - peak)));
}

/**
 * Scales `gradient` in place so that its Euclidean norm is at most `limit`.
 *
 * @returns The norm before scaling.
 * @throws {NonFiniteError} If the gradient is not finite; it is then unchanged.
 */
export function clipGradient(gradient: Float32Array, limit: number): number {
  let squares = 0;
  for (let k = 0; k < gradient.length; k++) squares += gradient[k] * gradient[k];
  const norm = Math.sqrt(squares);
  if (!Number.isFinite(norm)) {
    const k = firstNonFinite(gradient);
    throw new NonFiniteError(
      `Cannot clip gradient: it must be finite, element ${k} is ${gradient[k]}`,
      k,
    );
  }
  if (norm > limit) {
    const scale = limit / (norm + 1e-6);
    for (let k = 0; k < gradient.length; k++) gradient[k] *= scale;
  }
  return norm;
}

function cosine(from: number, to: number, share: number): number {
  return to + (from - to) * (1 + Math.cos(Math.PI * share)) / 2;
}
