import assert from "node:assert/strict";
import { createCpuDevice } from "../../../kernels/cpu/cpu_device.ts";
import { ReferenceDevice } from "../../../kernels/reference_device.ts";
import { readCaseFile } from "../../../pipeline/training/case_file.ts";
import { casePath } from "../../support/case_files.ts";
import { bits } from "../../support/exactness.ts";
import { computeAlone, sampleOfCase } from "../../support/sample.ts";

/**
 * In blocks of 20 edges, `hub` has a block beyond that size and `three_dimensions` about seven of
 * them.
 */
const CASES = ["hub", "three_dimensions", "linear_encoder_and_decoder", "graph_without_edges"];

for (const name of CASES) {
  Deno.test(`case ${name} has the same bits with saved and recomputed activations`, async () => {
    const sample = sampleOfCase(await readCaseFile(casePath(name)));
    const compute = async (savedActivationBytes: number) => {
      const device = new ReferenceDevice(20);
      const step = await computeAlone(device, sample, { savedActivationBytes });
      const { prediction, gradient, losses, after } = step;
      return { prediction: bits(prediction), gradient: bits(gradient), losses, after: bits(after) };
    };
    const all = await compute(Infinity);
    for (const part of [0, 5_000, 20_000]) {
      assert.deepEqual(await compute(part), all, `${part} bytes`);
    }
  });
}

Deno.test("a network without saved activations needs less memory", async () => {
  const sample = sampleOfCase(await readCaseFile(casePath("paper")));
  const peak = async (savedActivationBytes: number) => {
    const device = createCpuDevice();
    await computeAlone(device, { ...sample, steps: 1 }, { savedActivationBytes });
    return device.memory.peakBytes;
  };
  const none = await peak(0);
  const all = await peak(Infinity);
  // Saved: 3 hops of E edges with the second layer of 32 and N receivers with moments of 33 × 16.
  const saved = 4 * 3 * (sample.graph.senders.length * 32 + sample.graph.nodeCount * 33 * 16);
  assert.ok(all - none > 0.5 * saved, `${all} bytes with, ${none} without ${saved} of activations`);
  assert.ok(all - none <= saved, `${all - none} bytes for ${saved} of activations`);
});

Deno.test("a network releases all its memory", async () => {
  const device = createCpuDevice();
  const sample = sampleOfCase(await readCaseFile(casePath("three_dimensions")));
  await computeAlone(device, sample);
  assert.equal(device.memory.currentBytes, 0);
});
