/**
 * Compaction of kernel calls that index a node array longer than one binding: the rows that the
 * kernel reads are gathered first, in edge order, and the kernel runs on them. Rows that it would
 * accumulate are summed in a scratch array and added to the node array afterwards. The terms of
 * every sum and their order do not change.
 *
 * @module
 */

import type { WebGpuArray } from "./array.ts";
import type { Arrays, LaunchMemory } from "./dispatch.ts";
import type { Sizes } from "../kernel.ts";

/** A call of a kernel by name. */
export interface Call {
  readonly name: string;
  readonly arrays: Arrays;
  readonly sizes: Sizes;
}

/**
 * The calls that replace `call` if a node array is too long for one binding; otherwise `call`
 * itself.
 */
export function compact(call: Call, memory: LaunchMemory): readonly Call[] {
  const { name, arrays, sizes } = call;
  const isLong = (binding: string) => arrays[binding].length > memory.bindingLength;
  switch (name) {
    case "moment":
    case "momentBackward": {
      if (!isLong("latent")) break;
      const { senders } = arrays;
      const { calls, rows } = gather(arrays.latent, [senders], sizes.width, memory);
      return [...calls, {
        name,
        arrays: { ...arrays, latent: rows, senders: memory.counting(senders.length) },
        sizes,
      }];
    }
    case "edgeAttributes":
    case "edgeEnds": {
      if (!isLong("input") && !isLong("decoded")) break;
      const { senders, receivers } = arrays;
      const { edges } = sizes;
      const input = gather(arrays.input, [senders, receivers], sizes.inputs, memory);
      const decoded = gather(arrays.decoded, [senders, receivers], sizes.outputs, memory);
      const numbers = memory.counting(senders.length + edges);
      return [...input.calls, ...decoded.calls, {
        name,
        arrays: {
          ...arrays,
          input: input.rows,
          decoded: decoded.rows,
          senders: numbers.slice(0, edges),
          receivers: numbers.slice(senders.length, senders.length + edges),
        },
        sizes,
      }];
    }
    case "weightedGather": {
      if (!isLong("values")) break;
      const { senders, values } = arrays;
      const { rows, width } = sizes;
      const numbers = memory.counting(rows + senders.length);
      const gathered = gather(values, [numbers.slice(0, rows), senders], width, memory);
      return [...gathered.calls, {
        name,
        arrays: { ...arrays, values: gathered.rows, senders: numbers.slice(rows) },
        sizes,
      }];
    }
    case "gatherSum": {
      if (!isLong("sums")) break;
      const { targets, sums } = arrays;
      const { targetCount, width } = sizes;
      const rows = memory.zeros(targetCount * width);
      return [
        { name, arrays: { ...arrays, targets: memory.counting(targetCount), sums: rows }, sizes },
        {
          name: "addRows",
          arrays: { indices: targets, rows, target: sums },
          sizes: { rowCount: targetCount, width },
        },
      ];
    }
  }
  return [call];
}

/**
 * The rows of `source` at `indices`, one list after the other, and the calls that gather them.
 */
function gather(
  source: WebGpuArray,
  indices: readonly WebGpuArray[],
  width: number,
  memory: LaunchMemory,
): { readonly calls: readonly Call[]; readonly rows: WebGpuArray } {
  const rowCount = indices.reduce((total, { length }) => total + length, 0);
  const rows = memory.scratch(rowCount * width);
  let first = 0;
  const calls = indices.map((list): Call => {
    const window = rows.slice(first * width, (first + list.length) * width);
    first += list.length;
    return {
      name: "gatherRows",
      arrays: { indices: list, source, rows: window },
      sizes: { rowCount: list.length, width },
    };
  });
  return { calls, rows };
}
