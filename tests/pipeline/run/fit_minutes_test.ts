import assert from "node:assert/strict";
import { overrideOptions } from "../../../mod.ts";
import { fitMinutes, fitSteps } from "../../../pipeline/run/fit_minutes.ts";
import { inDirectory, smallPipeline, writeSmallStore } from "../../scripts/small_darcy.ts";

Deno.test("fitMinutes() sets the epochs that fit, and refuses a time without steps", () =>
  inDirectory(async (directory) => {
    const spec = smallPipeline(await writeSmallStore(directory));
    const { spec: fitted, epochs, limit, steps, set, plan } = await fitMinutes(spec, 60);
    assert.equal(limit, undefined);
    assert.equal(steps, 5 * epochs);
    assert.ok(steps * plan.training.stepSeconds <= 60);
    assert.deepEqual(set, [`stages.graphs.with.epochs=${epochs}`]);
    assert.deepEqual(fitted, overrideOptions(spec, set));
    await assert.rejects(fitMinutes(spec, 0.01), /there must be time for 20 steps/);
    const { model: _, ...stages } = spec.stages;
    await assert.rejects(fitMinutes({ name: "none", stages }, 60), /must have one train stage/);
  }));

Deno.test("fitSteps() trains on fewer meshes if not one epoch fits", () => {
  const times = { meshCount: 100, stepSeconds: 1, otherSeconds: 15 };
  assert.deepEqual(fitSteps(times, 100), { epochs: 1, limit: 70 });
  assert.deepEqual(fitSteps(times, 1000), { epochs: 8 });
  assert.equal(fitSteps(times, 40), undefined);
  // A network of these sizes gains nothing from millions of steps.
  const fast = { meshCount: 10, stepSeconds: 1e-6, otherSeconds: 0 };
  assert.deepEqual(fitSteps(fast, 600), { epochs: 5000 });
});
