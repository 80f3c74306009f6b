import assert from "node:assert/strict";
import { overrideOptions } from "../../../pipeline/engine/definition/spec.ts";
import { choosePreset } from "../../../pipeline/presets/presets.ts";
import { planRun } from "../../../pipeline/run/run_pipeline.ts";
import { testWithAdapter } from "./on_webgpu.ts";

testWithAdapter(
  "The option webgpu of a train stage reaches its device, and its record",
  async () => {
    const preset = choosePreset("step3d");
    const small = [
      "meshes.with.limit=1",
      "tests.with.limit=1",
      "graphs.with.nodes=60",
      "testGraphs.with.nodes=9000",
    ];
    const plan = await planRun(
      overrideOptions(preset.build({ ...preset.defaults, device: "webgpu" }), [
        ...small.map((option) => `stages.${option}`),
        'stages.model.with.webgpu={"blockEdges":96}',
      ]),
    );
    assert.match(plan!.training.device, /, blocks of 96 edges/);
  },
);
