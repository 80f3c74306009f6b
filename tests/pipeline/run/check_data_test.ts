import assert from "node:assert/strict";
import { join } from "node:path";
import { PipelineError } from "../../../errors.ts";
import { createMeshStore } from "../../../io/mesh_store.ts";
import { overrideOptions } from "../../../pipeline/engine/definition/override_options.ts";
import type { PipelineSpec } from "../../../pipeline/engine/definition/spec.ts";
import { checkData } from "../../../pipeline/run/check_data.ts";
import { validPipeline } from "../../../pipeline/run/valid_pipeline.ts";
import { STAGES } from "../../../pipeline/stages/registry.ts";
import { inTemporaryDirectory } from "../../support/temporary_directory.ts";

interface FieldOfStore {
  readonly role?: "input" | "target" | undefined;
  readonly unit?: string | undefined;
}

/** Writes a store of two meshes of three nodes, one to train, one to test. */
async function writeStore(
  path: string,
  fields: Readonly<Record<string, FieldOfStore>>,
  test: readonly number[] = [1],
): Promise<string> {
  const described = Object.entries(fields).map(([name, { role, unit = "" }]) => [name, {
    components: 1,
    unit,
    role,
  }]);
  const store = await createMeshStore(path, {
    case: "own",
    dimensions: 2,
    fields: Object.fromEntries(described),
    splits: { train: [0], test: [...test] },
  });
  const position = Float32Array.of(0, 0, 1, 0, 0, 1);
  for (const id of ["a", "b"]) {
    const values = Object.keys(fields).map((name) => [name, Float32Array.of(1, 2, 3)]);
    await store.add({ id, position, fields: Object.fromEntries(values) });
  }
  await store.close();
  return path;
}

/** A pipeline to train on one store and test on another. */
function pipelineOf(store: string, tests: string, changes: readonly string[] = []): PipelineSpec {
  const spec: PipelineSpec = {
    name: "own",
    stages: {
      meshes: { run: "load", with: { store } },
      scales: { run: "statistics", from: "meshes" },
      subdomains: { run: "partition", from: "meshes", with: { overlap: 2 } },
      graphs: { run: "sample", from: "subdomains", with: { radius: 2, maxEdges: 4 } },
      model: { run: "train", from: ["graphs", "scales"] },
      tests: { run: "load", with: { store: tests, split: "test" } },
      testSubdomains: { run: "partition", from: "tests" },
      testGraphs: { run: "sample", from: "testSubdomains", with: { mode: "cover" } },
      predictions: { run: "predict", from: ["model", "testGraphs"] },
      fields: { run: "stitch", from: ["predictions", "testSubdomains"] },
      report: { run: "evaluate", from: ["fields", "model", "meshes"] },
    },
  };
  return overrideOptions(spec, changes);
}

const SMOOTHED = [{ kind: "smoothed", field: "k", length: 1 }];

/** The same with derived inputs, which the prediction inherits unless it states its own. */
function derivingPipeline(
  store: string,
  fields: readonly unknown[],
  testFields?: readonly unknown[],
  compared = "inputs",
): PipelineSpec {
  const { name, stages } = pipelineOf(store, store);
  return {
    name,
    stages: {
      ...stages,
      inputs: { run: "derive", from: "meshes", with: { fields } },
      scales: { ...stages.scales, from: "inputs" },
      subdomains: { ...stages.subdomains, from: "inputs" },
      testInputs: { run: "derive", from: "tests", with: { fields: testFields } },
      testSubdomains: { ...stages.testSubdomains, from: "testInputs" },
      report: { ...stages.report, from: ["fields", "model", compared] },
    },
  };
}

const check = async (spec: PipelineSpec) =>
  await checkData(await validPipeline(spec, { registry: STAGES }));

/** Asserts the only problem of a pipeline. */
async function assertProblem(spec: PipelineSpec, problem: RegExp): Promise<void> {
  await assert.rejects(check(spec), (error) => {
    assert.ok(error instanceof PipelineError, String(error));
    assert.equal(error.problems.length, 1, error.message);
    assert.match(error.problems[0], problem);
    return true;
  });
}

const FIELDS = { k: { role: "input", unit: "m" }, p: { role: "target", unit: "Pa" } } as const;

Deno.test("checkData() finds before the start what would end a run", (t) =>
  inTemporaryDirectory(async (directory) => {
    const write = (name: string, ...rest: [typeof FIELDS | object, (readonly number[])?]) =>
      writeStore(join(directory, `${name}.zarr`), ...rest as [typeof FIELDS]);
    const store = await write("sound", FIELDS);
    await check(pipelineOf(store, store));
    await check(derivingPipeline(store, SMOOTHED));

    const cases: readonly [name: string, spec: PipelineSpec, problem: RegExp][] = [
      [
        "a missing store",
        pipelineOf(store, join(directory, "absent.zarr")),
        /stage "tests": cannot open ".*absent.zarr"/,
      ],
      [
        "an empty split",
        pipelineOf(store, await write("all", FIELDS, [])),
        /stage "tests": .*split "test" has no samples; choose .*"train" \(1\)/,
      ],
      [
        "no target",
        pipelineOf(store, store, ["stages.meshes.with.targets=[]"]),
        /stage "model": .*must be a target field, stage "meshes" reads none/,
      ],
      [
        "an unknown field",
        pipelineOf(store, store, ['stages.tests.with.inputs=["q"]']),
        /stage "tests": cannot load field "q" of .*: no field of that name/,
      ],
      [
        "other inputs",
        pipelineOf(store, store, ["stages.tests.with.inputs=[]"]),
        /stage "predictions": .*stage "tests": the model reads x, y, k, the data have x, y$/,
      ],
      [
        "another unit",
        pipelineOf(store, await write("mm", { ...FIELDS, k: { role: "input", unit: "mm" } })),
        /stage "predictions": .*k must be in m, the unit of the model, .* in mm/,
      ],
      [
        "a test without truth",
        pipelineOf(store, store, ["stages.tests.with.targets=[]"]),
        /stage "report": .*"tests" must have the targets of the model, p, they have none/,
      ],
      [
        "more parts than ranks",
        pipelineOf(store, store, ["stages.testSubdomains.with.parts=2"]),
        /stage "predictions": .*received 1 ranks and 2 parts in stage "testSubdomains"/,
      ],
      [
        "given edges without cells",
        pipelineOf(store, store, ["stages.graphs.with.edges=given"]),
        /stage "graphs": .*given edges are the cells of a mesh, stage "meshes" reads none/,
      ],
      [
        "a missing model",
        pipelineOf(store, store, [`stages.model.with.initFrom=${directory}/m.safetensors`]),
        /stage "model": cannot read ".*m.safetensors"/,
      ],
      [
        "walls without cells",
        derivingPipeline(store, [{ kind: "distance", to: "wall" }], SMOOTHED),
        /stage "inputs": .*walls follow from the cells .* stage "meshes" reads none; set/,
      ],
      [
        "a report on meshes without the derived inputs",
        derivingPipeline(store, SMOOTHED, undefined, "meshes"),
        /stage "report": .*inputs of the model, x, y, k, k_smoothed, received x, y, k; connect/,
      ],
      [
        "derived inputs that differ",
        derivingPipeline(store, SMOOTHED, [{ ...SMOOTHED[0], length: 2 }]),
        /stage "predictions": .*those of the model, .*"length":1.*, received .*"length":2.*omit/,
      ],
    ];
    for (const [name, spec, problem] of cases) {
      await t.step(
        name,
        () =>
          name === "given edges without cells"
            ? assert.rejects(check(spec), problem)
            : assertProblem(spec, problem),
      );
    }

    await t.step("lists all problems", async () => {
      const absent = pipelineOf("a.zarr", "b.zarr");
      await assert.rejects(check(absent), /: 2 problems\n {2}1\. .*"meshes".*\n {2}2\. .*"tests"/);
    });
  }));

Deno.test("checkData() finds an emphasis of an input that is not read", () =>
  inTemporaryDirectory(async (directory) => {
    const fields = { k: { role: "input" }, u: { role: "target" } } as const;
    const store = await writeStore(join(directory, "own.zarr"), fields);
    const emphasis = (input: string) =>
      pipelineOf(store, store, [`stages.graphs.with.emphasis={ input: ${input}, weight: 9 }`]);
    await check(emphasis("k"));
    await assertProblem(emphasis("wall"), /"graphs".* emphasis needs an input "wall", .* x, y, k;/);
  }));

Deno.test("predictions inherit fields, overlap and edges from their training", async () => {
  const spec = pipelineOf("a.zarr", "b.zarr", ['stages.meshes.with.inputs=["k"]']);
  const { spec: complete } = await validPipeline(spec, { registry: STAGES });
  const { tests, testSubdomains, testGraphs } = complete.stages;
  assert.deepEqual(tests.with, { store: "b.zarr", split: "test", inputs: ["k"] });
  assert.deepEqual(testSubdomains.with, { overlap: 2 });
  assert.deepEqual(testGraphs.with, { mode: "cover", radius: 2, maxEdges: 4 });
  const even = overrideOptions(spec, ["stages.graphs.with.draw=stratified"]);
  const { spec: { stages } } = await validPipeline(even, { registry: STAGES });
  assert.equal(stages.testGraphs.with?.draw, "stratified");
  for (const name of ["subdomains", "testSubdomains"]) assert.equal(stages[name].with?.order, true);
  // The spec itself is unchanged, and an inherited option can be overridden.
  assert.equal(spec.stages.testGraphs.with?.radius, undefined);
  const fewer = overrideOptions(spec, ["stages.testGraphs.with.maxEdges=2"]);
  const { spec: recorded, pipeline } = await validPipeline(fewer, { registry: STAGES });
  assert.equal((pipeline.stages.get("testGraphs")?.resolved as { maxEdges: number }).maxEdges, 2);
  // The model records how the tests are predicted, as far as that differs from the training.
  const coversOf = ({ stages }: PipelineSpec) =>
    JSON.parse(JSON.stringify(stages.model.with?.covers));
  assert.deepEqual(coversOf(complete), { rounds: 1, nodes: 0, seed: 0 });
  assert.deepEqual(coversOf(recorded), { rounds: 1, nodes: 0, seed: 0, maxEdges: 2 });
  // Given edges have no maximum.
  const given = overrideOptions(fewer, ["stages.graphs.with.edges=given"]);
  const { spec: withGiven } = await validPipeline(given, { registry: STAGES });
  assert.equal(coversOf(withGiven).maxEdges, undefined);
  const fitted = overrideOptions(spec, ["stages.fields.with.fitLength=1.5"]);
  const { spec: withFit } = await validPipeline(fitted, { registry: STAGES });
  assert.equal(coversOf(withFit).fitLength, 1.5);
});

const DIFFERENCES: readonly (readonly [change: string, problem: RegExp])[] = [
  ["testGraphs.with.radius=1", /radius must be that of .*, 2 in stage "graphs", received 1 in/],
  ["testGraphs.with.edges=nearest", /edges must be that of the training, "radius" in stage/],
  ["testSubdomains.with.overlap=1", /overlap must be .* 2 in stage "subdomains", received 1 in/],
];

for (const [change, problem] of DIFFERENCES) {
  Deno.test(`validPipeline() refuses ${change} in a test, unless allowed`, async () => {
    const spec = pipelineOf("a.zarr", "b.zarr", [`stages.${change}`]);
    await assert.rejects(validPipeline(spec, { registry: STAGES }), (error) => {
      assert.ok(error instanceof PipelineError);
      assert.match(error.problems[0], problem);
      return true;
    });
    const allowed = overrideOptions(spec, ["stages.predictions.with.otherGraphs=true"]);
    await validPipeline(allowed, { registry: STAGES });
  });
}
