import assert from "node:assert/strict";
import { z } from "zod";
import { deviceOptions } from "../../../pipeline/training/device_options.ts";
import { openDevice } from "../../../pipeline/training/open_device.ts";
import { testWithAdapter } from "../../kernels/webgpu/on_webgpu.ts";
import { attemptStages } from "../engine/support.ts";

testWithAdapter(
  "A stage whose device is lost fails immediately, whatever it waits for",
  async () => {
    const { error } = await attemptStages({
      model: { run: import.meta.resolve("../stages/lost_device.ts"), with: { device: "webgpu" } },
    });
    assert.equal(error?.name, "StageError");
    assert.match(
      error.message,
      /^Stage "model" failed: .* the WebGPU device ".*": the device was lost, .*; start the run /,
    );
  },
);

testWithAdapter("openDevice() passes the option webgpu to the device", async () => {
  const given = { device: "webgpu", webgpu: { blockEdges: 96 } };
  const options = z.strictObject(deviceOptions).parse(given);
  const device = await openDevice({ options, beat: () => {} });
  assert.match(device.description, /, blocks of 96 edges$/);
  device.destroy();
});
