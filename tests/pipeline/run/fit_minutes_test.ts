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

Deno.test("fitMinutes() predicts less if predictions take more than a quarter of the time", () =>
  inDirectory(async (directory) => {
    const rounds = ["stages.testGraphs.with.rounds=1000", "stages.testGraphs.with.nodes=1"];
    const spec = smallPipeline(await writeSmallStore(directory), 1, rounds);
    const { set, testLimit } = await fitMinutes(spec, 5);
    assert.ok(set.includes("stages.testGraphs.with.rounds=1"), set.join());
    assert.ok(testLimit === undefined || testLimit < 2);
  }));

Deno.test("fitSteps() trains on fewer meshes if not one epoch fits", () => {
  const times = { meshCount: 100, meshSeconds: 0, stepSeconds: 1, otherSeconds: 15 };
  assert.deepEqual(fitSteps(times, 100), { epochs: 1, limit: 68 });
  assert.deepEqual(fitSteps(times, 1000), { epochs: 8, limit: undefined });
  assert.equal(fitSteps(times, 40), undefined);
  // A network of these sizes gains nothing from millions of steps.
  const fast = { meshCount: 10, meshSeconds: 0, stepSeconds: 1e-6, otherSeconds: 0 };
  assert.deepEqual(fitSteps(fast, 600), { epochs: 5000, limit: undefined });
  // Reading takes at most a quarter of the time.
  const slow = { meshCount: 1000, meshSeconds: 1, stepSeconds: 0.1, otherSeconds: 10 };
  assert.deepEqual(fitSteps(slow, 400), { epochs: 22, limit: 100 });
});
