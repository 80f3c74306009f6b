import assert from "node:assert/strict";
import { testWithAdapter } from "../../kernels/webgpu/on_webgpu.ts";
import { attemptStages } from "../engine/support.ts";

testWithAdapter("A stage whose device is lost fails at once, whatever it waits for", async () => {
  const { error } = await attemptStages({
    model: { run: import.meta.resolve("../stages/lost_device.ts"), with: { device: "webgpu" } },
  });
  assert.equal(error?.name, "StageError");
  assert.match(
    error.message,
    /^Stage "model" failed: cannot finish the work on the WebGPU device ".*": the device was lost, .*; start the run /,
  );
});
