/**
 * Launches: the dispatches of a kernel call. Most kernels have one; sums over many rows or edges
 * have several.
 *
 * A sum over rows is cut into parts: each part is summed by one invocation, then the parts are
 * added in order. A sum over the edges of a receiver is done in turns of `TURN_EDGES` edges. Parts
 * and turns depend on the sizes only, not on the machine: results are reproducible, the device is
 * busy, rounding errors are small and all loops are bounded.
 *
 * @module
 */

import type { WebGpuArray } from "./array.ts";
import { type Call, compact } from "./compaction.ts";
import { cut } from "./cuts.ts";
import type { Arrays, Dispatch, LaunchMemory } from "./dispatch.ts";
import type { Sizes } from "../kernel.ts";
import { type Shader, type Shaders, TURN_EDGES } from "./shaders.ts";

/** Rows per part of a sum, unless another limit requires more. */
const PART_ROWS = 256;

/** Maximum number of parts of a sum. */
const MAX_PARTS = 4096;

/** Maximum number of partial sums of one call (16 MiB). */
const MAX_PARTIALS = 2 ** 22;

/** Maximum number of iterations of an invocation; llvmpipe ends a loop after 65,535. */
const MAX_ITERATIONS = 61_440;

/**
 * The dispatches of one call of the kernel `name`, in order, cut if an array is longer than a
 * binding.
 *
 * @throws {TypeError} If the kernel has no shader.
 */
export function launch(
  shaders: Shaders,
  name: string,
  arrays: Arrays,
  sizes: Sizes,
  memory: LaunchMemory,
): readonly Dispatch[] {
  return compact({ name, arrays, sizes }, memory)
    .flatMap((call) => dispatches(shaders, call, memory))
    .flatMap((dispatch) => cut(dispatch, memory.bindingLength));
}

/** The dispatches of a call on arrays of any length. */
function dispatches(
  shaders: Shaders,
  { name, arrays, sizes }: Call,
  memory: LaunchMemory,
): readonly Dispatch[] {
  switch (name) {
    case "columnSum": {
      const { columns } = sizes;
      return sumRows(shaders, "columnSum", arrays, sizes, 1, [[arrays.sums, columns]], memory);
    }
    case "linearBackwardWeight": {
      const count = sizes.inner * sizes.columns;
      return sumRows(
        shaders,
        "linearBackwardWeight",
        arrays,
        sizes,
        1,
        [[arrays.weightGradient, count]],
        memory,
      );
    }
    case "layerNormBackwardParameters": {
      const { width } = sizes;
      return sumRows(
        shaders,
        "layerNormBackwardParameters",
        arrays,
        sizes,
        2 * width + 1,
        [[arrays.weightGradient, width], [arrays.biasGradient, width]],
        memory,
      );
    }
    case "moment":
    case "weightedGather":
      return inTurns(shaders[name], arrays, sizes, arrays.senders.length);
    case "gatherSum":
      return inTurns(shaders.gatherSum, arrays, sizes, arrays.items.length);
    case "segmentSum":
      return inTurns(
        shaders.segmentSum,
        arrays,
        sizes,
        arrays.values.length / Math.max(1, sizes.stride),
      );
    case "gatherRows":
      return [indexing(shaders.gatherRows, arrays, sizes, arrays.source)];
    case "addRows":
      return [indexing(shaders.addRows, arrays, sizes, arrays.target)];
    case "momentBackward":
      return [{
        shader: shaders.momentBackward,
        arrays,
        sizes: { ...sizes, edges: arrays.senders.length },
      }];
  }
  const shader = (shaders as Readonly<Record<string, Shader>>)[name];
  if (shader === undefined) {
    throw new TypeError(`Cannot run kernel "${name}": it has no WGSL shader`);
  }
  return [{ shader, arrays, sizes }];
}

/**
 * Sums over `sizes.rows` rows: the shader `name` computes partial sums `[parts, all sums]`, which
 * are then added to each array of `sums`.
 *
 * @param iterations Loop iterations of an invocation per row.
 * @param sums The arrays to accumulate, each with its number of sums.
 */
function sumRows(
  shaders: Shaders,
  name: keyof Shaders,
  arrays: Arrays,
  sizes: Sizes,
  iterations: number,
  sums: readonly (readonly [WebGpuArray, number])[],
  memory: LaunchMemory,
): readonly Dispatch[] {
  const stride = sums.reduce((total, [, count]) => total + count, 0);
  if (sizes.rows === 0) return [];
  const partRows = Math.ceil(
    sizes.rows / partCount(sizes.rows, stride, iterations, memory.bindingLength),
  );
  const parts = Math.ceil(sizes.rows / partRows);
  const partials = memory.scratch(parts * stride);
  const dispatches: Dispatch[] = [{
    shader: shaders[name],
    arrays: { ...arrays, partials },
    sizes: { ...sizes, parts, partRows },
  }];
  let column = 0;
  for (const [array, count] of sums) {
    dispatches.push({
      shader: shaders.sumParts,
      arrays: { partials: partials.slice(column), sums: array },
      sizes: { parts, stride, count },
    });
    column += count;
  }
  return dispatches;
}

/** A dispatch that may index every row of `indexed`. */
function indexing(shader: Shader, arrays: Arrays, sizes: Sizes, indexed: WebGpuArray): Dispatch {
  const nodeCount = Math.ceil(indexed.length / Math.max(1, sizes.width));
  return { shader, arrays, sizes: { ...sizes, firstNode: 0, nodeCount } };
}

/**
 * The number of parts in which `rows` rows are summed, each with `stride` partial sums.
 *
 * @param maxLength Maximum number of partial sums.
 */
function partCount(rows: number, stride: number, iterations: number, maxLength: number): number {
  const preferred = Math.ceil(rows / PART_ROWS);
  const affordable = Math.max(
    1,
    Math.min(MAX_PARTS, Math.floor(Math.min(MAX_PARTIALS, maxLength) / Math.max(1, stride))),
  );
  const needed = Math.ceil(rows * iterations / MAX_ITERATIONS);
  return Math.max(Math.min(preferred, affordable), needed);
}

/** The turns that a receiver with all `edges` edges would need. */
function inTurns(shader: Shader, arrays: Arrays, sizes: Sizes, edges: number): readonly Dispatch[] {
  const turns = Math.max(1, Math.ceil(edges / TURN_EDGES));
  return Array.from(
    { length: turns },
    (_, turn) => ({ shader, arrays, sizes: { ...sizes, turn } }),
  );
}
