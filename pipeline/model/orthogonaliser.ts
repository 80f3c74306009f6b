/**
 * Nearest semi-orthogonal matrices, computed on a device.
 *
 * @module
 */

import type { Device, DeviceArray } from "../../kernels/device.ts";
import {
  linear,
  LINEAR_IDENTITY,
  linearBackwardInput,
  linearBackwardWeight,
} from "../../kernels/ops/linear.ts";
import { matrixPolynomial } from "../../kernels/ops/matrix_polynomial.ts";

/** Number of rows and columns of a matrix. */
export interface MatrixShape {
  readonly rows: number;
  readonly columns: number;
}

/** Coefficients of the polynomial of a step (Jordan et al. 2024): of 1, A and A². */
const COEFFICIENTS = Float32Array.of(3.4445, -4.775, 2.0315);

/**
 * Steps on one Gram matrix, then steps on that of their result. A Gram matrix has the squares of
 * the singular values: with five steps on one, its rounding errors are magnified to 4e-4 of the
 * result, and the numbers of P ranks soon differ from those of one; with two matrices to 1e-5, as
 * by steps on the matrix itself.
 */
const STEP_COUNTS = [3, 2];

/** The windows of one matrix on the arrays of the device. */
interface MatrixArrays extends MatrixShape {
  /** The matrix, and its result at the end. */
  readonly matrix: DeviceArray<"f32">;
  /** The result of the first steps. */
  readonly middle: DeviceArray<"f32">;
}

/**
 * Moves the singular values of matrices close to 1 (0.7 to 1.2) by Newton–Schulz steps
 * X ← X (c₀ + c₁ A + c₂ A²) with A = XᵀX (Jordan et al. 2024, "Muon").
 *
 * Polynomials of several steps are multiplied on the Gram matrix of the smaller side, so that few
 * products involve the larger side: each Gram matrix, and the product of X with the polynomials.
 */
export class Orthogonaliser {
  readonly #device: Device;
  readonly #matrices: readonly MatrixArrays[];
  readonly #allMatrices: DeviceArray<"f32">;
  readonly #allMiddles: DeviceArray<"f32">;
  readonly #coefficients: DeviceArray<"f32">;
  /** Zeros, the bias of every product. */
  readonly #bias: DeviceArray<"f32">;
  readonly #square: DeviceArray<"f32">;
  readonly #polynomial: DeviceArray<"f32">;
  /** Three matrices each; see `#factor`. */
  readonly #stacks: readonly [DeviceArray<"f32">, DeviceArray<"f32">];

  /** @param shapes The matrices, which follow each other in one flat array. */
  constructor(device: Device, shapes: readonly MatrixShape[]) {
    const length = shapes.reduce((total, { rows, columns }) => total + rows * columns, 0);
    const smaller = shapes.map(({ rows, columns }) => Math.min(rows, columns));
    const gramLength = Math.max(0, ...smaller) ** 2;
    const f32 = (count: number) => device.allocate("f32", count);
    this.#device = device;
    this.#allMatrices = f32(length);
    this.#allMiddles = f32(length);
    this.#coefficients = device.upload(COEFFICIENTS);
    this.#bias = f32(Math.max(0, ...shapes.map(({ columns }) => columns), ...smaller));
    this.#square = f32(gramLength);
    this.#polynomial = f32(gramLength);
    this.#stacks = [f32(3 * gramLength), f32(3 * gramLength)];
    let end = 0;
    this.#matrices = shapes.map(({ rows, columns }) => {
      const start = end;
      end += rows * columns;
      const matrix = this.#allMatrices.slice(start, end);
      return { rows, columns, matrix, middle: this.#allMiddles.slice(start, end) };
    });
  }

  /**
   * Overwrites `matrices`, each of Frobenius norm 1 or 0, with the results. A zero matrix remains
   * zero.
   */
  async orthogonalise(matrices: Float32Array<ArrayBuffer>): Promise<void> {
    this.#device.write(this.#allMatrices, matrices);
    for (const arrays of this.#matrices) this.#run(arrays);
    await this.#device.read(this.#allMatrices, matrices);
  }

  /** Releases the device memory. */
  release(): void {
    const flat = [this.#allMatrices, this.#allMiddles, this.#coefficients, this.#bias];
    const squares = [this.#square, this.#polynomial, ...this.#stacks];
    for (const array of [...flat, ...squares]) this.#device.release(array);
  }

  #run({ matrix, middle, ...shape }: MatrixArrays): void {
    const [first, second] = STEP_COUNTS;
    this.#steps(shape, first, matrix, middle);
    this.#steps(shape, second, middle, matrix);
  }

  /** Overwrites `result` with `matrix` after some steps. */
  #steps(
    { rows, columns }: MatrixShape,
    stepCount: number,
    matrix: DeviceArray<"f32">,
    result: DeviceArray<"f32">,
  ): void {
    const isTall = rows >= columns;
    const size = Math.min(rows, columns);
    const gram = this.#stacks[0].slice(0, size * size);
    if (isTall) {
      const arrays = { input: matrix, outputGradient: matrix, weightGradient: gram };
      this.#device.clear(gram);
      this.#device.run(linearBackwardWeight, arrays, { rows, inner: columns, columns });
    } else {
      const factors = { outputGradient: matrix, weight: matrix, input: matrix };
      const sizes = { rows, inner: rows, columns, mask: 0, accumulate: 0 };
      this.#device.run(linearBackwardInput, { ...factors, inputGradient: gram }, sizes);
    }
    const factor = this.#factor(size, stepCount);
    if (isTall) this.#multiply(matrix, factor, result, { rows, inner: columns, columns });
    else this.#multiply(factor, matrix, result, { rows, inner: rows, columns });
  }

  /**
   * The product Q of the polynomials of some steps, from the Gram matrix A at the start of the
   * first stack. All are functions of one symmetric matrix, so they commute: a step with polynomial
   * P takes Q to Q P, and A to (A P) P. Both products with P are one call, as Q and A P follow each
   * other in both stacks: [A, Q, A P] in even steps, [A P, Q, A] in odd ones.
   *
   * @returns A window on memory that the next call overwrites.
   */
  #factor(size: number, stepCount: number): DeviceArray<"f32"> {
    const square = this.#square.slice(0, size * size);
    const polynomial = this.#polynomial.slice(0, size * size);
    const sizes = { rows: size, inner: size, columns: size };
    for (let step = 0;; step++) {
      const isEven = step % 2 === 0;
      const [stack, next] = isEven ? this.#stacks : this.#stacks.toReversed();
      const window = (array: DeviceArray<"f32">, first: number, count = 1) =>
        array.slice(first * size * size, (first + count) * size * size);
      const gram = window(stack, isEven ? 0 : 2);
      this.#multiply(gram, gram, square, sizes);
      const terms = { coefficients: this.#coefficients, matrix: gram, square };
      this.#device.run(matrixPolynomial, { ...terms, output: polynomial }, { size });
      if (step === stepCount - 1) {
        this.#multiply(window(stack, 1), polynomial, square, sizes);
        return square;
      }
      this.#multiply(gram, polynomial, window(stack, isEven ? 2 : 0), sizes);
      if (step === 0) {
        this.#device.copy(polynomial, window(next, 1));
        this.#multiply(window(stack, 2), polynomial, window(next, 2), sizes);
        continue;
      }
      const first = isEven ? 1 : 0;
      const source = window(stack, first, 2);
      this.#multiply(source, polynomial, window(next, first, 2), { ...sizes, rows: 2 * size });
    }
  }

  #multiply(
    input: DeviceArray<"f32">,
    weight: DeviceArray<"f32">,
    output: DeviceArray<"f32">,
    sizes: { readonly rows: number; readonly inner: number; readonly columns: number },
  ): void {
    const arrays = { input, weight, bias: this.#bias, output };
    this.#device.run(linear, arrays, { ...sizes, activation: LINEAR_IDENTITY, accumulate: 0 });
  }
}
