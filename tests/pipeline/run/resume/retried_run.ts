/** A run that fails and is retried, in its own process: it leaves a thread that hangs. @module */

import { join } from "node:path";
import { runPipeline } from "../../../../mod.ts";
import { FAILURES_FILE } from "./failing_graphs.ts";
import { failingPipeline } from "./failing_pipeline.ts";

/** A failure of the run. */
export interface ReportedFailure {
  readonly message: string;
  /** Time from the failure to its report. */
  readonly seconds: number;
  /** Where the run resumed. */
  readonly step: number;
}

const [directory, store, ...failures] = Deno.args;

await runPipeline(failingPipeline(store, failures), {
  directory,
  retries: failures.length,
  silenceSeconds: 2,
  checkpointEvery: { steps: 3 },
  onRetry({ error: { message }, start: { trainings: [{ step }] } }) {
    const begin = Deno.statSync(join(directory, FAILURES_FILE)).mtime!.getTime();
    console.log(
      JSON.stringify(
        { message, step, seconds: (Date.now() - begin) / 1000 } satisfies ReportedFailure,
      ),
    );
  },
});
// The thread of a loop ends in no other way.
Deno.exit();
