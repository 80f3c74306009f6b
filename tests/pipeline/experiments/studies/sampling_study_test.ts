import assert from "node:assert/strict";
import { samplingStudy } from "../../../../pipeline/experiments/studies/sampling_study.ts";
import { inTemporaryDirectory } from "../../../support/temporary_directory.ts";
import { finishStudy, smallChoice } from "./finished_study.ts";

Deno.test("samplingStudy() combines shares of the preset, in training and prediction", () =>
  inTemporaryDirectory(async (directory) => {
    const { jobs } = await samplingStudy(await smallChoice(directory), { maxEdges: [6, 12] });
    const samples = [6, 12].flatMap((edges) => [25, 50, 100, 200].map((nodes) => [nodes, edges]));
    assert.deepEqual(
      jobs.map(({ name }) => name),
      samples.map(([nodes, edges]) => `nodes-${nodes}-edges-${edges}`),
    );
    for (const [k, { spec: { stages } }] of jobs.entries()) {
      for (const { with: options } of [stages.graphs, stages.testGraphs]) {
        assert.deepEqual([options?.nodes, options?.maxEdges], samples[k]);
      }
      assert.equal(stages.write, undefined, "no stage only writes files");
    }
  }));

Deno.test("samplingStudy() measures error, time and memory", () =>
  inTemporaryDirectory(async (directory) => {
    const grid = { nodes: [40], maxEdges: [6] };
    const study = await samplingStudy(await smallChoice(directory), grid);
    const { report, columns } = await finishStudy(study, directory);
    assert.deepEqual([columns.get("nodes"), columns.get("maxEdges")], [["40"], ["6"]]);
    for (const name of ["relativeL2", "error", "stepSeconds", "seconds", "peakBytes"]) {
      assert.ok(columns.get(name)!.every((value) => Number(value) > 0), name);
    }
    assert.match(
      report.finding,
      /^The smallest relative L2, .* 40 sampled nodes with 6 edges each/,
    );
  }));
