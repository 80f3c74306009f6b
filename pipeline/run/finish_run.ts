/**
 * The end of a run: its report, its directory, and its results in the cache.
 *
 * @module
 */

import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { networkRow, type PlanComparison, type ReportData } from "../reporting/report_data.ts";
import type { RunReport } from "../engine/workers/run_report.ts";
import { readModelFile, writeModelFile } from "../training/model_file.ts";
import type { TrainOptions } from "../training/train_options.ts";
import { abandonRun } from "./admit_run.ts";
import { emptyReport, type ExecutedRun } from "./execute_run.ts";
import type { Plan } from "./plan/plan.ts";
import type { PreparedRun } from "./prepared_run.ts";
import { readReport, type RunRecord, stageSummary, writeReport } from "./write_report.ts";
import type { RunFigures } from "./run_meters.ts";
import type { RunResult } from "./run_result.ts";

/**
 * Writes the report of a run, releases its directory and caches its results. If that fails, the
 * earlier results are restored.
 */
export async function finishRun(executed: ExecutedRun): Promise<RunResult> {
  const { prepared, admitted } = executed;
  const { cached, settings: { directory } } = prepared;
  try {
    await recordCovers(prepared);
    const saved = cached?.reportRecord as RunRecord | undefined;
    const record = saved ?? runRecord(executed);
    const report = await readReport(directory, record);
    const isNew = report !== undefined && saved === undefined;
    if (isNew) await writeReport(directory, report);
    await admitted.log?.close({ outcome: "finished", metrics: report && loggedMetrics(report) });
    await admitted.claim.release();
    await cached?.save(directory, isNew ? record : undefined);
    return resultOf(prepared, executed.report, admitted.plan, report);
  } catch (error) {
    await abandonRun(prepared, admitted, error);
    throw error;
  }
}

/** Figures on the test split. */
function loggedMetrics(report: ReportData): Record<string, number | null> {
  const { metrics: { relativeL2, normalisedRmse, rmse } } = networkRow(report);
  const finite = (value: number) => Number.isFinite(value) ? value : null;
  return {
    relativeL2: finite(relativeL2.mean),
    worstRelativeL2: finite(relativeL2.worst),
    normalisedRmse: finite(normalisedRmse),
    rmse: finite(rmse),
  };
}

/**
 * Lets models from the cache state the covers of this pipeline, which are no part of the key: with
 * other covers, a training need not run again.
 */
async function recordCovers(
  { pipeline, start, settings: { directory } }: PreparedRun,
): Promise<void> {
  const restored = new Set(start.cached?.map(({ stage }) => stage));
  for (const { name, builtIn, stage, resolved } of pipeline.stages.values()) {
    if (!builtIn || stage.name !== "train" || !restored.has(name)) continue;
    const { modelFile, covers } = resolved as TrainOptions;
    const path = join(directory, modelFile);
    const { model, training } = await readModelFile(path);
    if (isDeepStrictEqual(model.covers, covers)) continue;
    await writeModelFile(path, { ...model, covers }, training, { overwrite: true });
  }
}

/** The result of a run that had already finished: nothing ran. */
export function earlierResult(prepared: PreparedRun): RunResult {
  return resultOf(prepared, emptyReport(prepared), undefined, undefined);
}

function resultOf(
  { start, checkpointed, meters, settings }: PreparedRun,
  run: RunReport,
  plan: Plan | undefined,
  report: ReportData | undefined,
): RunResult {
  return {
    start,
    identity: checkpointed,
    run,
    plan,
    figures: meters.figures,
    report,
    directory: settings.directory,
  };
}

function runRecord({ prepared, admitted: { plan }, report }: ExecutedRun): RunRecord {
  const { pipeline, settings: { title, command }, start, cached, trains, meters } = prepared;
  // A plan predicts a complete run.
  const isComplete = start.state === "afresh" && !start.cached?.length;
  return {
    title,
    command,
    seconds: report.seconds,
    stages: [...pipeline.stages.values()].map((stage) =>
      stageSummary(stage, report.stages[stage.name], cached)
    ),
    runSteps: cached !== undefined && !trains ? 0 : undefined,
    plan: plan !== undefined && isComplete
      ? comparison(plan, meters.figures, report.seconds)
      : undefined,
  };
}

function comparison(
  plan: Plan,
  { peakBytes, stepSeconds }: RunFigures,
  seconds: number,
): PlanComparison {
  return {
    peakBytes: { predicted: plan.peakBytes, measured: peakBytes },
    stepSeconds: stepSeconds === undefined
      ? undefined
      : { predicted: plan.training.stepSeconds, measured: stepSeconds },
    seconds: { predicted: plan.seconds, measured: seconds },
  };
}
