import assert from "node:assert/strict";
import { ContentHasher } from "../../../../io/content_hash.ts";
import { CodeHasher } from "../../../../pipeline/engine/definition/code_hash.ts";
import { overrideOptions } from "../../../../pipeline/engine/definition/override_options.ts";
import type { PipelineSpec } from "../../../../pipeline/engine/definition/spec.ts";
import { pipelineKeys } from "../../../../pipeline/run/cache/stage_keys.ts";
import {
  codeDifferences,
  runDifferences,
} from "../../../../pipeline/run/identity/identity_differences.ts";
import {
  checkpointIdentity,
  type Hashers,
  identifyPipeline,
  type PipelineIdentity,
} from "../../../../pipeline/run/identity/pipeline_identity.ts";
import { STAGES } from "../../../../pipeline/stages/registry.ts";
import { smallPipeline, writeSmallStore } from "../../../scripts/small_darcy.ts";
import { inTemporaryDirectory } from "../../../support/temporary_directory.ts";
import { validPipeline } from "../../../../pipeline/run/valid_pipeline.ts";

async function identityOf(spec: PipelineSpec, hashers?: Hashers): Promise<PipelineIdentity> {
  return await identifyPipeline(
    spec,
    (await validPipeline(spec, { registry: STAGES })).pipeline,
    hashers,
  );
}

Deno.test("identifyPipeline() returns the hashes from which keys and checkpoints derive", () =>
  inTemporaryDirectory(async (directory) => {
    const store = await writeSmallStore(directory);
    const spec = smallPipeline(store);
    const hashers = { code: new CodeHasher(), contents: new ContentHasher() };
    const identity = await identityOf(spec, hashers);
    const checkpoint = checkpointIdentity(identity);
    assert.deepEqual(checkpoint.data, {
      "stages.meshes.with.store": await hashers.contents.hash(store),
      "stages.tests.with.store": await hashers.contents.hash(store),
    });
    assert.equal(checkpoint.code.model, await hashers.code.hash(STAGES.train));
    assert.equal((await pipelineKeys(identity)).stages.size, identity.stages.size);
    // Data that are gone were read before: hashers read each file once.
    await Deno.remove(store, { recursive: true });
    assert.deepEqual(checkpointIdentity(await identityOf(spec, hashers)), checkpoint);
    assert.deepEqual(checkpointIdentity(await identityOf(spec)).data, {});
  }));

Deno.test("checkpointIdentity() ignores placement, cache keys include it", async () => {
  const spec = smallPipeline("absent.zarr");
  const saved = await identityOf(spec);
  const { stages } = spec;
  const former = { ...spec, stages: { ...stages, report: { ...stages.report, run: "report" } } };
  const placements = ["stages.model.ranks=2", "stages.model.with.device=auto"];
  for (const same of [former, overrideOptions(spec, placements)]) {
    const current = checkpointIdentity(await identityOf(same));
    assert.equal(runDifferences(checkpointIdentity(saved), current), undefined);
    assert.deepEqual(codeDifferences(checkpointIdentity(saved), current), []);
  }
  const other = await identityOf(overrideOptions(spec, ["stages.model.with.hops=1"]));
  assert.equal(
    runDifferences(checkpointIdentity(saved), checkpointIdentity(other)),
    "stages.model.with.hops was 2 and is now 1",
  );
  const keysOf = async (identity: PipelineIdentity) => (await pipelineKeys(identity)).stages;
  const keys = await keysOf(saved);
  assert.deepEqual(await keysOf(await identityOf(former)), keys);
  const placed = await keysOf(await identityOf(overrideOptions(spec, placements)));
  assert.notEqual(placed.get("model"), keys.get("model"));
  assert.equal(placed.get("graphs"), keys.get("graphs"));
});
