import assert from "node:assert/strict";
import { Commands } from "../../../kernels/webgpu/commands.ts";
import { WebGpuDevice } from "../../../kernels/webgpu/webgpu_device.ts";
import { graphFromEdges } from "../../../pipeline/graph/graph.ts";
import { localGraphs } from "../../../pipeline/graph/local_graph.ts";
import type { DsmpnnConfig } from "../../../pipeline/model/config.ts";
import { GradientStepper, NO_REDUCE } from "../../../pipeline/model/gradient_step.ts";
import { NO_HALO } from "../../../pipeline/model/halo.ts";
import { createNetwork } from "../../../pipeline/model/create_network.ts";
import { partOf, randomSample } from "../../support/sample.ts";
import { CaseValues } from "../case_values.ts";
import { testWithAdapter } from "./on_webgpu.ts";

const CONFIG: DsmpnnConfig = {
  network: "dsmpnn",
  inputs: 3,
  outputs: 1,
  width: 4,
  hops: 3,
  encoderHidden: [4],
  decoderHidden: [4],
  kernelHidden: [4],
  hopActivation: "relu",
  residual: true,
  rootWeight: true,
  hopNorm: "none",
  edgeUpdate: "decoded",
};

/** A random part of `nodes` nodes for the network of `CONFIG`. */
function randomPart(nodes: number) {
  const values = new CaseValues(nodes), edges = 5 * nodes;
  const graph = graphFromEdges(nodes, values.integers(edges, nodes), values.integers(edges, nodes));
  const [local] = localGraphs(graph, new Uint32Array(nodes), 1);
  return partOf(randomSample(CONFIG, graph, nodes), local);
}

testWithAdapter(
  "a pass has one encoder; a repeated step creates no buffer, a new graph no pipeline",
  async () => {
    const gpu = await (await navigator.gpu.requestAdapter())!.requestDevice();
    const made = { encoders: 0, buffers: 0, pipelines: 0 };
    const count = (
      method: "createCommandEncoder" | "createBuffer" | "createComputePipeline",
      of: keyof typeof made,
    ) => {
      const create = gpu[method].bind(gpu) as (descriptor: unknown) => unknown;
      Object.defineProperty(gpu, method, {
        value: (descriptor: unknown) => {
          made[of]++;
          return create(descriptor);
        },
      });
    };
    count("createCommandEncoder", "encoders");
    count("createBuffer", "buffers");
    count("createComputePipeline", "pipelines");

    const device = new WebGpuDevice({
      device: gpu,
      description: "counted",
      isFallback: true,
    });
    const network = createNetwork(device, CONFIG), stepper = new GradientStepper(device, network);
    const step = async (part: ReturnType<typeof randomPart>) => {
      Object.assign(made, { encoders: 0, buffers: 0, pipelines: 0 });
      await stepper.step(part, NO_HALO, NO_REDUCE);
      return { ...made };
    };
    const first = randomPart(60);
    assert.ok((await step(first)).pipelines > 10);
    // One per pass, and one that ends when the host writes an input that it may still use.
    const again = await step(first);
    assert.ok(again.encoders <= 3, `${again.encoders} encoders`);
    assert.deepEqual(again, { ...again, buffers: 0, pipelines: 0 });
    assert.equal((await step(randomPart(97))).pipelines, 0);
    device.destroy();
  },
);

Deno.test("Commands are submitted when a result is requested or the host is idle", async () => {
  let submits = 0;
  const encoder = { clearBuffer() {}, finish() {} };
  const commands = new Commands(
    {
      createCommandEncoder: () => encoder,
      queue: { submit: () => submits++ },
    } as unknown as GPUDevice,
    () => {},
    () => {},
  );
  const clear = () => commands.clear({} as GPUBuffer, 0, 4);
  const idle = () => new Promise((resolve) => setTimeout(resolve, 5));
  clear();
  await Promise.resolve();
  clear();
  assert.equal(submits, 0);
  await idle();
  assert.equal(submits, 1);
  clear();
  commands.submit();
  await idle();
  assert.equal(submits, 2);
  clear();
  commands.discard();
  await idle();
  assert.equal(submits, 2);
});
