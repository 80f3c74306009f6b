/**
 * How a kernel becomes dispatches of shaders: one for most, a few for sums over very many rows or
 * edges.
 *
 * A sum over rows is cut into parts: every part is summed by its own invocation, then the parts are
 * added in their order. A sum over the edges of a receiver takes turns of so many edges. Parts and
 * turns depend on the sizes alone, never on the machine: the same bits in every run, a busy device,
 * small rounding errors, and no loop without a bound.
 *
 * @module
 */

import type { WebGpuArray } from "./array.ts";
import { type Call, compact } from "./compaction.ts";
import { cut } from "./cuts.ts";
import type { Arrays, Dispatch, LaunchMemory } from "./dispatch.ts";
import { type Shader, type Shaders, type Sizes, TURN_EDGES } from "./shaders.ts";

/** Rows in one part of a sum, as long as the other bounds allow it. */
const PART_ROWS = 256;

/** Most parts of one sum. */
const MOST_PARTS = 4096;

/** Most partial sums of one call, in elements (16 MiB). */
const MOST_PARTIALS = 2 ** 22;

/** Most iterations of the loops of one invocation; llvmpipe cuts a loop off at 65,535. */
const MOST_ITERATIONS = 61_440;

/**
 * The dispatches of one call of the kernel `name`, in order, cut where an array is longer than a
 * binding may be.
 *
 * @throws {TypeError} When the kernel has no shader.
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
      return [reaching(shaders.gatherRows, arrays, sizes, arrays.source)];
    case "addRows":
      return [reaching(shaders.addRows, arrays, sizes, arrays.target)];
    case "momentBackward":
      return [{
        shader: shaders.momentBackward,
        arrays,
        sizes: { ...sizes, edges: arrays.senders.length },
      }];
  }
  const shader = (shaders as Readonly<Record<string, Shader>>)[name];
  if (shader === undefined) {
    throw new TypeError(`Cannot run kernel "${name}" as it has no WGSL shader`);
  }
  return [{ shader, arrays, sizes }];
}

/**
 * Sums over `sizes.rows` rows: the shader `name` forms partial sums `[parts, all sums]`, which are
 * added to the arrays of `sums` one after the other.
 *
 * @param iterations Loop iterations of an invocation for one row.
 * @param sums The arrays to add to, each with its number of sums.
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

/** A dispatch that reaches into every row of `reached`. */
function reaching(shader: Shader, arrays: Arrays, sizes: Sizes, reached: WebGpuArray): Dispatch {
  const nodeCount = Math.ceil(reached.length / Math.max(1, sizes.width));
  return { shader, arrays, sizes: { ...sizes, firstNode: 0, nodeCount } };
}

/**
 * In how many parts `rows` rows are summed that give `stride` sums each, `most` of them at most
 * together.
 */
function partCount(rows: number, stride: number, iterations: number, most: number): number {
  const wanted = Math.ceil(rows / PART_ROWS);
  const affordable = Math.max(
    1,
    Math.min(MOST_PARTS, Math.floor(Math.min(MOST_PARTIALS, most) / Math.max(1, stride))),
  );
  const needed = Math.ceil(rows * iterations / MOST_ITERATIONS);
  return Math.max(Math.min(wanted, affordable), needed);
}

/** As many turns as a receiver with all of the `edges` edges would need. */
function inTurns(shader: Shader, arrays: Arrays, sizes: Sizes, edges: number): readonly Dispatch[] {
  const turns = Math.max(1, Math.ceil(edges / TURN_EDGES));
  return Array.from(
    { length: turns },
    (_, turn) => ({ shader, arrays, sizes: { ...sizes, turn } }),
  );
}
