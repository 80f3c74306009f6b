import assert from "node:assert/strict";
import { join } from "node:path";
import { openMeshStore } from "../../../io/mesh_store.ts";
import { readVtk } from "../../../io/vtk/read_vtk.ts";
import { overrideOptions } from "../../../pipeline/engine/definition/override_options.ts";
import type { Preset } from "../../../pipeline/presets/preset.ts";
import { choosePreset, PRESETS } from "../../../pipeline/presets/presets.ts";
import { runPipeline } from "../../../pipeline/run/run_pipeline.ts";
import { STAGES } from "../../../pipeline/stages/registry.ts";
import { readModelFile } from "../../../pipeline/training/model_file.ts";
import { inTemporaryDirectory } from "../../support/temporary_directory.ts";
import { validPipeline } from "../../../pipeline/run/valid_pipeline.ts";

/** Options of a small run: a narrow network, one epoch, one training and one test sample. */
const SMALL = [
  "meshes.with.limit=1",
  "tests.with.limit=1",
  "graphs.with.nodes=500",
  "graphs.with.epochs=1",
  "graphs.with.maxEdges=4",
  "testGraphs.with.maxEdges=4",
  "testGraphs.with.nodes=20000",
  "testGraphs.with.rounds=1",
  "model.with.width=8",
  "model.with.hops=1",
  "model.with.kernelHidden=[8]",
  "model.with.encoderHidden=[8]",
  "model.with.decoderHidden=[8]",
].map((option) => `stages.${option}`);

/** Stages of a training without predictions. */
const TRAINING = ["meshes", "inputs", "statistics", "subdomains", "graphs", "model"];

/** The presets of real flows, with their names and the fields that they predict. */
const flows: readonly [preset: Preset, name: string, fields: readonly string[]][] = [
  [choosePreset("airfrans"), "airfrans", ["velocity", "pressure", "nut"]],
  [choosePreset("step3d"), "step3d", ["velocity", "pressure"]],
];
const airfransHigh = choosePreset("airfrans", "high");

Deno.test("PRESETS build valid pipelines for any number of ranks", async () => {
  for (const preset of [...Object.values(PRESETS), airfransHigh]) {
    for (const ranks of [1, 3]) {
      await validPipeline(preset.build({ ...preset.defaults, ranks }), { registry: STAGES });
    }
  }
});

Deno.test("choosePreset() finds a preset by name and fidelity, and refuses others", () => {
  assert.equal(choosePreset("airfrans", "low").name, choosePreset("airfrans").name);
  const refused: [string, string | undefined, RegExp][] = [
    [
      "arfrans",
      undefined,
      /^Cannot run preset "arfrans": no preset of that name, did you mean "airfrans"\?$/,
    ],
    ["toString", undefined, /no preset of that name/],
    [
      "darcy",
      "low",
      /^Cannot run preset "darcy" at fidelity "low": .*only one fidelity; omit /,
    ],
    ["airfrans", "fine", /at fidelity "fine": .*low or high/],
  ];
  for (const [name, fidelity, message] of refused) {
    assert.throws(() => choosePreset(name, fidelity), { name: "UserError", message });
  }
});

Deno.test("Preset airfrans of high fidelity is planned and trains on its large meshes", () =>
  inTemporaryDirectory(async (directory) => {
    const options = { ...airfransHigh.defaults, device: "cpu" } as const;
    const { name, stages } = overrideOptions(airfransHigh.build(options), SMALL);
    assert.equal(name, "airfrans_high");
    const training = Object.entries(stages).filter(([stage]) => TRAINING.includes(stage));
    const { plan } = await runPipeline({ name, stages: Object.fromEntries(training) }, {
      directory,
    });
    assert.ok(plan!.training.stepSeconds! > 0);
    const { model } = await readModelFile(join(directory, "model.safetensors"));
    assert.deepEqual(model.targetNames, ["velocity.x", "velocity.y", "pressure", "nut"]);
  }));

for (const [preset, name, fields] of flows) {
  Deno.test(`Preset ${name} trains, predicts its test mesh, and writes it for ParaView`, () =>
    inTemporaryDirectory(async (directory) => {
      const spec = overrideOptions(preset.build({ ...preset.defaults, device: "cpu" }), SMALL);
      assert.equal(spec.name, name);
      const { report } = await runPipeline(spec, { directory });
      assert.deepEqual(report!.metrics.map(({ method }) => method), [
        "network",
        "nearestSample",
        "trainingMean",
        "pointwise",
      ]);
      for (const { metrics } of report!.metrics) {
        assert.deepEqual(Object.keys(metrics.fields), fields);
      }

      const [source, predicted] = [
        await openMeshStore(preset.defaults.store),
        await openMeshStore(join(directory, "predictions.zarr")),
      ];
      const truth = await source.read(source.split("test")[0], { cells: true });
      const prediction = await predicted.read(0, { cells: true });
      assert.deepEqual(prediction.cells, truth.cells);
      const file = await readVtk(join(directory, "vtk", `${truth.id}.vtu`));
      assert.equal(file.pointCount, truth.nodeCount);
      assert.deepEqual(file.cells.types, truth.cells!.types);
      for (const field of fields) {
        assert.deepEqual(prediction.fields[field], truth.fields[field]);
        assert.ok(prediction.fields[`${field}_predicted`].every(Number.isFinite));
        assert.ok(Object.hasOwn(file.pointData, `${field}_predicted`));
      }
    }));
}
