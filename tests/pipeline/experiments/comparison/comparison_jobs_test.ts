import assert from "node:assert/strict";
import { PipelineError, UserError } from "../../../../errors.ts";
import { overrideOptions } from "../../../../pipeline/engine/definition/override_options.ts";
import type { PipelineSpec, StageSpec } from "../../../../pipeline/engine/definition/spec.ts";
import { networkNames, NETWORKS } from "../../../../pipeline/experiments/comparison/networks.ts";
import { comparisonJobs } from "../../../../pipeline/experiments/comparison/comparison_jobs.ts";
import { PRESETS } from "../../../../pipeline/presets/presets.ts";

const CHOICE = {
  device: "cpu",
  store: "data/x.zarr",
  networks: Object.keys(NETWORKS),
  assignments: [],
  form: "recipe",
} as const;

/** The pipeline without the options that may differ between the networks of a seed. */
function commonTerms({ name, stages }: PipelineSpec): unknown {
  const without = (options: StageSpec["with"], ...names: readonly string[]) =>
    Object.entries(options ?? {}).filter(([option]) => !names.includes(option));
  return [
    name,
    ...Object.entries(stages).map(([stage, { run, from, ranks: _, with: options }]) => {
      if (run === "partition") return [stage, run, from, without(options, "parts")];
      if (run === "sample") {
        return [stage, run, from, without(options, "edges", "radius", "maxEdges")];
      }
      if (run === "train") {
        const own = ["network", "layers", "width", "optimizer", "learningRate"];
        return [stage, run, from, without(options, ...own)];
      }
      return [stage, run, from, options];
    }),
  ];
}

for (const preset of Object.values(PRESETS)) {
  Deno.test(
    `comparisonJobs() of ${preset.name} are on equal terms: the networks of a seed share ` +
      "everything except for the options that define them",
    () => {
      const runs = comparisonJobs(preset, { ...CHOICE, seedCount: 2 });
      assert.deepEqual(runs.map(({ name }) => name), [
        "s-seed0",
        "ds2-seed0",
        "ds4-seed0",
        "gcn-seed0",
        "s-seed1",
        "ds2-seed1",
        "ds4-seed1",
        "gcn-seed1",
      ]);
      for (const seed of [0, 1]) {
        const [first, ...others] = runs.filter((run) => run.seed === seed).map(({ spec }) =>
          commonTerms(spec)
        );
        for (const other of others) assert.deepEqual(other, first);
      }
      assert.notDeepEqual(commonTerms(runs[0].spec), commonTerms(runs[4].spec), "seeds differ");
    },
  );

  Deno.test(`comparisonJobs() of ${preset.name} are the networks of the paper`, () => {
    const runs = comparisonJobs(preset, { ...CHOICE, seedCount: 1 });
    const { model } = preset.build({ ...preset.defaults, device: "cpu" }).stages;
    assert.deepEqual(runs.map(({ network }) => network), [
      "S-MPNN",
      "DS-MPNN_2",
      "DS-MPNN_4",
      "GCN",
    ]);
    assert.deepEqual(runs.map(({ spec }) => spec.stages.model.ranks), [1, 2, 4, 1]);
    assert.deepEqual(runs.map(({ spec }) => spec.stages.subdomains.with?.parts), [1, 2, 4, 1]);
    for (const { spec } of runs.slice(0, 3)) assert.deepEqual(spec.stages.model.with, model.with);
    assert.deepEqual(runs[3].spec.stages.model.with, {
      ...model.with,
      network: "gcn",
      layers: 6,
      width: 378,
      optimizer: "adam",
      learningRate: 3e-3,
    });
    for (const stage of ["graphs", "testGraphs"]) {
      const [first, ...others] = runs.map(({ spec }) => spec.stages[stage].with);
      const gcn = others.pop();
      for (const options of others) assert.deepEqual(options, first);
      assert.deepEqual(gcn, { ...first, ...preset.gcnEdges });
      assert.notDeepEqual(gcn, first, "the GCN has its own edges");
    }
  });
}

Deno.test("comparisonJobs() gives the flags that repeat a run", () => {
  const assignments = ["stages.graphs.with.epochs=2"];
  for (
    const { flags: { set, ...choice }, spec } of comparisonJobs(PRESETS.darcy, {
      ...CHOICE,
      seedCount: 2,
      assignments,
    })
  ) {
    assert.deepEqual(overrideOptions(PRESETS.darcy.build(choice), set), spec);
  }
});

Deno.test("comparisonJobs() changes options of all runs except those of a network", () => {
  const assignments = ["model.with.width=16", "graphs.with.epochs=2", "graphs.with.radius=0.3"]
    .map((option) => `stages.${option}`);
  const runs = comparisonJobs(PRESETS.darcy, {
    ...CHOICE,
    form: "paper",
    seedCount: 1,
    assignments,
    gcnRate: 0.002,
  });
  assert.deepEqual(runs.map(({ spec }) => spec.stages.model.with?.width), [16, 16, 16, 378]);
  assert.deepEqual(runs.map(({ spec }) => spec.stages.graphs.with?.epochs), [2, 2, 2, 2]);
  assert.deepEqual(runs.map(({ spec }) => spec.stages.graphs.with?.radius), [0.3, 0.3, 0.3, 0.08]);
  assert.deepEqual(runs.map(({ spec }) => spec.stages.model.with?.learningRate), [
    6e-3,
    6e-3,
    6e-3,
    2e-3,
  ]);
  assert.throws(
    () =>
      comparisonJobs(PRESETS.darcy, {
        ...CHOICE,
        seedCount: 1,
        assignments: ["stages.modle.with.width=1"],
      }),
    PipelineError,
  );
});

Deno.test("comparisonJobs() takes the pieces of a recipe out of the paper's form", () => {
  const pieces = { decay: ["stages.graphs.with.maxEdges=8"], rate: ["stages.model.with.hops=3"] };
  const preset = { ...PRESETS.darcy, pieces };
  const optionsOf = (form: "paper" | "recipe") =>
    comparisonJobs(preset, { ...CHOICE, networks: ["s"], seedCount: 1, form })
      .map(({ spec: { stages } }) => [stages.graphs.with?.maxEdges, stages.model.with?.hops])[0];
  assert.deepEqual([optionsOf("paper"), optionsOf("recipe")], [[8, 3], [32, 4]]);
});

Deno.test("networkNames() returns the order of the table and refuses unknown names", () => {
  assert.deepEqual(networkNames("gcn, s"), ["s", "gcn"]);
  assert.throws(() => networkNames("s,gnc"), (error) => {
    assert.ok(error instanceof UserError);
    assert.equal(
      error.message,
      'Cannot compare network "gnc": no network of that name, did you mean "gcn"?',
    );
    return true;
  });
});
