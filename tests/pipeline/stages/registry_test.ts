import assert from "node:assert/strict";
import { PipelineError } from "../../../errors.ts";
import type { PipelineSpec } from "../../../pipeline/engine/definition/spec.ts";
import { loadStage } from "../../../pipeline/engine/definition/load_stage.ts";
import { validatePipeline } from "../../../pipeline/engine/definition/validate.ts";
import { STAGE_NAMES, STAGES } from "../../../pipeline/stages/registry.ts";

/** The stages that earlier versions named differently, by their former names. */
const FORMER: Readonly<Record<string, string>> = {
  case: "read_case",
  compare: "check_case",
  measure: "score",
  report: "evaluate",
  verify: "compute_case",
};

/** A pipeline with all stages of `FORMER`, each run by the name that `nameOf` gives. */
function pipeline(nameOf: (former: string) => string): PipelineSpec {
  const [file, store] = ["case.safetensors", "meshes.zarr"];
  return {
    name: "former",
    stages: {
      parts: { run: nameOf("case"), with: { file, parts: 2 } },
      numbers: { run: nameOf("verify"), from: "parts", ranks: 2, with: { file } },
      errors: { run: nameOf("compare"), from: "numbers", with: { file } },
      model: { run: "read_model", with: { file } },
      meshes: { run: "load", with: { store } },
      subdomains: { run: "partition", from: "meshes" },
      graphs: { run: "sample", from: "subdomains", with: { mode: "cover", radius: 1 } },
      predictions: { run: "predict", from: ["model", "graphs"] },
      fields: { run: "stitch", from: ["predictions", "subdomains"] },
      measures: { run: nameOf("measure"), from: ["fields", "model"] },
      report: { run: nameOf("report"), from: ["fields", "model", "meshes"] },
    },
  };
}

Deno.test("STAGES has one module per built-in stage, which carries the name", async () => {
  assert.deepEqual(Object.keys(STAGES), [...STAGE_NAMES]);
  assert.deepEqual([...STAGE_NAMES].sort(), [...STAGE_NAMES]);
  for (const name of STAGE_NAMES) assert.equal((await loadStage(STAGES[name])).name, name);
});

Deno.test("STAGES runs a pipeline of an earlier version by the former names", async () => {
  const sources = { registry: STAGES };
  const former = await validatePipeline(pipeline((name) => name), sources);
  const current = await validatePipeline(pipeline((name) => FORMER[name]), sources);
  const urls = ({ stages }: typeof former) => [...stages.values()].map(({ url }) => url.href);
  assert.deepEqual(urls(former), urls(current));
});

Deno.test("STAGES offers no former name for a misspelt one", async () => {
  for (const former of Object.keys(FORMER)) {
    const misspelt = former.replace(/(.)(.)$/, "$2$1");
    const spec = { name: "misspelt", stages: { stage: { run: misspelt } } };
    await assert.rejects(validatePipeline(spec, { registry: STAGES }), (error) => {
      assert.ok(error instanceof PipelineError);
      assert.match(error.message, new RegExp(`no built-in stage "${misspelt}"`));
      assert.doesNotMatch(error.message, new RegExp(`"${former}"`));
      return true;
    });
  }
});
