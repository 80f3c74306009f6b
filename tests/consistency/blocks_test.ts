import assert from "node:assert/strict";
import { createCpuDevice } from "../../kernels/cpu/cpu_device.ts";
import { ReferenceDevice } from "../../kernels/reference_device.ts";
import { partitionNodes } from "../../pipeline/graph/partition_nodes.ts";
import { radiusGraph } from "../../pipeline/graph/radius_graph.ts";
import { fillUniform, hash } from "../../pipeline/graph/random.ts";
import { ParameterLayout } from "../../pipeline/model/parameters.ts";
import { networkConfig, trainOptions } from "../../pipeline/training/train_options.ts";
import { assertExact, bits } from "../support/exactness.ts";
import { computeAlone, computeOnRanks, randomSample } from "../support/sample.ts";

const NODES = 1500;
const position = fillUniform(hash(7, "position"), new Float32Array(NODES * 2));
const graph = radiusGraph(position, 2, {
  radius: 0.1,
  maxEdges: 10,
  seed: 7,
  epoch: 0,
  mesh: "blocks",
});
const options = trainOptions.parse({
  width: 6,
  hops: 3,
  kernelHidden: [7, 9],
  encoderHidden: [8],
  decoderHidden: [8],
});
const sample = { ...randomSample(networkConfig(options, 3, 1, 2), graph, 7), steps: 2 };
const layout = new ParameterLayout(sample.config);

Deno.test(
  "a full mesh gives the numbers of one block when cut into blocks, and into ranks of blocks",
  async () => {
    const device = createCpuDevice();
    assert.ok(
      graph.senders.length > 5 * device.preferredBlockEdges,
      `${graph.senders.length} edges`,
    );
    const inOne = await computeAlone(new ReferenceDevice(Infinity), sample);
    const nothingSaved = { savedActivationBytes: 0 };
    assertExact(
      await computeAlone(device, sample, nothingSaved),
      inOne,
      layout,
      sample.learningRate,
    );
    const onRanks = await computeOnRanks(device, sample, partitionNodes(position, 2, 2), 2);
    assertExact(onRanks, inOne, layout, sample.learningRate);
  },
);

Deno.test("a prediction is bitwise independent of the block size", async () => {
  const predict = async (blockEdges: number) =>
    bits((await computeAlone(new ReferenceDevice(blockEdges), { ...sample, steps: 1 })).prediction);
  assert.deepEqual(await predict(500), await predict(Infinity));
});
