/**
 * The rate of a device's own matrix product.
 *
 * @module
 */

import type { Device } from "../../kernels/device.ts";
import { linear, LINEAR_IDENTITY } from "../../kernels/ops/linear.ts";
import { fillUniform, hash } from "../../pipeline/graph/random.ts";
import { medianMs } from "./timing.ts";

/** Sizes of the product `[rows, inner] x [inner, columns]`. */
export interface ProductShape {
  readonly rows: number;
  readonly inner: number;
  readonly columns: number;
}

/**
 * The product of moments and kernel matrix of a paper-sized graph: what rates are compared with.
 */
export const RATE_SHAPE: ProductShape = { rows: 6000, inner: 2048, columns: 32 };

/** The median time of one product with its bias, in ms. */
export async function productMs(
  device: Device,
  { rows, inner, columns }: ProductShape,
  repeats: number,
): Promise<number> {
  const arrays = {
    input: device.upload(values(rows * inner)),
    weight: device.upload(values(inner * columns)),
    bias: device.upload(values(columns)),
    output: device.allocate("f32", rows * columns),
  };
  const sizes = { rows, inner, columns, activation: LINEAR_IDENTITY, accumulate: 0 };
  try {
    return await medianMs(repeats, () => {
      device.run(linear, arrays, sizes);
      return device.finish();
    }, 2);
  } finally {
    Object.values(arrays).forEach((array) => device.release(array));
  }
}

/** GFLOP/s of a product that takes `milliseconds`. */
export function gigaflops({ rows, inner, columns }: ProductShape, milliseconds: number): number {
  return 2 * rows * inner * columns / milliseconds / 1e6;
}

/** The text `[rows, inner] x [inner, columns]`. */
export function shapeText({ rows, inner, columns }: ProductShape): string {
  return `[${rows}, ${inner}] x [${inner}, ${columns}]`;
}

function values(length: number): Float32Array<ArrayBuffer> {
  return fillUniform(hash(0, "matmul", length), new Float32Array(length));
}
