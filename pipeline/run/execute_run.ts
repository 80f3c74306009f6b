/**
 * The stages of a run at work.
 *
 * @module
 */

import type { RunEvent, RunReport } from "../engine/workers/run_report.ts";
import { runStages } from "../engine/workers/run_stages.ts";
import { abandonRun, admitRun, type AdmittedRun } from "./admit_run.ts";
import { checkWorkersFit, thisMachine } from "./plan/machine.ts";
import type { PreparedRun } from "./prepared_run.ts";
import { withCheckpoints } from "./resume/checkpoint_options.ts";
import { checkpointDirectory } from "./run_directory.ts";
import type { RunLog } from "./run_log.ts";

/** A run whose stages have all ended. */
export interface ExecutedRun {
  readonly prepared: PreparedRun;
  readonly admitted: AdmittedRun;
  readonly report: RunReport;
}

/** The report of a run in which no stage ran. */
export function emptyReport({ spec }: PreparedRun): RunReport {
  return { name: spec.name, seconds: 0, stages: {} };
}

/**
 * Runs the stages that are not cached. Workers start while the run is still being planned and its
 * directory claimed, so that the first step comes sooner; stages begin when both are done.
 *
 * @throws {UserError} If the workers cannot fit the memory, or the run is not admitted.
 * @throws {StageError} If a stage fails.
 */
export async function executeRun(prepared: PreparedRun): Promise<ExecutedRun> {
  checkWorkers(prepared);
  const admission = admitRun(prepared);
  // The first failure ends the run; a later one is ignored.
  admission.catch(() => {});
  let log: RunLog | undefined;
  try {
    // A run that waits for its admission must not hold the memory of its workers meanwhile.
    if (prepared.settings.admit !== undefined) await admission;
    const report = prepared.cached?.isComplete ? emptyReport(prepared) : await runWorkers(
      prepared,
      admission.then((admitted) => {
        log = admitted.log;
      }),
      (event) => log?.record(event),
    );
    return { prepared, admitted: await admission, report };
  } catch (error) {
    await abandonRun(prepared, await admission.catch(() => undefined), error);
    throw error;
  }
}

/** Checks the memory of the workers. A run that waits for its admission may wait for memory. */
function checkWorkers({ pipeline, cached, settings: { admit } }: PreparedRun): void {
  const machine = thisMachine();
  if (machine === undefined) return;
  const { availableBytes, totalBytes } = machine;
  const stages = [...pipeline.stages.values()].filter(({ name }) =>
    cached?.modes.get(name)?.mode !== "skip"
  );
  checkWorkersFit(pipeline.name, stages, admit === undefined ? availableBytes : totalBytes);
}

async function runWorkers(
  run: PreparedRun,
  ready: Promise<void>,
  record: (event: RunEvent) => void,
): Promise<RunReport> {
  const { settings, cached, meters } = run;
  const { directory, checkpointEvery = { seconds: 60 }, silenceSeconds, signal } = settings;
  const spec = withCheckpoints(run.complete, {
    directory: checkpointDirectory(directory),
    every: checkpointEvery,
    run: run.checkpointed,
    points: run.start.trainings,
  });
  return await runStages(spec, {
    ...run.sources,
    code: run.identity.hashers.code,
    directory,
    ready,
    silenceSeconds,
    signal,
    modes: cached?.modes,
    onEvent(event) {
      meters.record(event);
      cached?.record(event);
      record(event);
      settings.onEvent?.(event);
    },
  });
}
