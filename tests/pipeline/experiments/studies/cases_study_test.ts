import assert from "node:assert/strict";
import type { FinishedJob } from "../../../../pipeline/experiments/batch/job_results.ts";
import { casesStudy } from "../../../../pipeline/experiments/studies/cases_study.ts";
import { inTemporaryDirectory } from "../../../support/temporary_directory.ts";
import { smallChoice } from "./finished_study.ts";

/** A run with a given error; the drag has no range. */
function finishedJob(error: number): FinishedJob {
  const metrics = {
    relativeL2: { mean: error },
    fields: { u: { relativeL2: { mean: 2 * error } }, v: { relativeL2: { mean: error } } },
  };
  const coefficient = { rangeError: error, rankCorrelation: 1 - error };
  const inletRegression = { drag: { rangeError: NaN, rankCorrelation: 0.5 } };
  const forces = { coefficients: { drag: coefficient }, inletRegression };
  const measurements = { metrics: [{ method: "network", metrics, forces }] };
  return { figures: { seconds: 20 }, measurements } as unknown as FinishedJob;
}

Deno.test("casesStudy() trains on nested draws of the cases in the same number of steps", () =>
  inTemporaryDirectory(async (directory) => {
    const choice = await smallChoice(directory);
    const study = await casesStudy({ ...choice, steps: 8 }, { caseCounts: [1, 2], seedCount: 2 });
    const stages = study.jobs.map(({ spec }) => spec.stages);
    const drawn = stages.map(({ meshes }) => meshes.with?.only as string[]);
    assert.deepEqual(drawn.map(({ length }) => length), [1, 1, 2, 2]);
    for (const k of [0, 1]) assert.deepEqual(drawn[k], drawn[k + 2].slice(0, 1));
    assert.deepEqual(stages.map(({ graphs }) => graphs.with?.epochs), [8, 8, 4, 4]);
    assert.deepEqual(stages.map(({ model }) => model.with?.seed), [0, 1, 0, 1]);
    const finished = [0.2, 0.4, 0.1, 0.2].map(finishedJob);
    const { rows, finding } = await study.report(finished, "deno task study cases");
    const near = (value: unknown, expected: number) =>
      assert.ok(Math.abs(Number(value) - expected) < 1e-12, `${value} for ${expected}`);
    near(rows[0].relativeL2, 0.3);
    near(rows[0].spread, Math.SQRT2 / 10);
    near(rows[1]["field:u"], 0.3);
    near(rows[1]["drag:rank"], 0.85);
    near(rows[1]["drag:inletRank"], 0.5);
    assert.equal(rows[1]["drag:inletRange"], null);
    assert.match(finding, /From 1 to 2 training cases, .* from 30.* to 15/);
    await assert.rejects(
      casesStudy(choice, { caseCounts: [400], seedCount: 1 }),
      /^UserError: Cannot study cases of ".*": --cases must be <= .* received 400$/,
    );
  }));
