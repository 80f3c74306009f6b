import assert from "node:assert/strict";
import { join } from "node:path";
import { ranksStudy } from "../../../../pipeline/experiments/studies/rank_study.ts";
import { countedTraffic } from "../../../../pipeline/experiments/studies/step_model.ts";
import {
  type StepTiming,
  timingsFile,
} from "../../../../pipeline/experiments/studies/timed_train.ts";
import { planRun } from "../../../../pipeline/run/run_pipeline.ts";
import { inTemporaryDirectory } from "../../../support/temporary_directory.ts";
import { finishStudy, smallChoice } from "./finished_study.ts";

Deno.test("ranksStudy() counts messages and fits a model to the times", () =>
  inTemporaryDirectory(async (directory) => {
    const small = await smallChoice(directory);
    const changes = [...small.changes, "stages.model.with.gradientLoss=0.05"];
    const study = await ranksStudy({ ...small, changes }, { ranks: [2], nodes: [40, 160] });
    const { report: { results, notes }, columns } = await finishStudy(study, directory);
    // Two runs on one rank have a quarter of the edges.
    assert.deepEqual(columns.get("ranks"), ["2", "2", "1", "1"]);
    const bytes = columns.get("bytes")!.map(Number);
    const edges = columns.get("edgesPerRank")!.map(Number);
    assert.ok(bytes[1] > bytes[0] && bytes[0] > 0 && bytes[2] === 0, `${bytes}`);
    assert.ok(2 * edges[1] > edges[3] && edges[3] > edges[2], `${edges}`);
    assert.ok(results!.computeResidual! > 0);
    assert.ok(results!.messageSeconds! + results!.byteSeconds! > 0);
    assert.match(notes[0], /residual [\d.]+\u202f%/);

    // Planned graphs are counted, not run: the counts must equal what a rank sends, without frames.
    const job = study.jobs[1];
    const plan = await planRun(job.spec);
    const file = join(directory, job.name, timingsFile(0));
    const [sent]: StepTiming[] = JSON.parse(await Deno.readTextFile(file));
    const counted = countedTraffic(plan!.training.costs[0], 2);
    assert.equal(sent.messages, counted.messages);
    assert.ok(sent.bytes > counted.bytes && sent.bytes < counted.bytes + 1000 * sent.messages);
    assert.ok(sent.communicationSeconds > 0 && sent.communicationSeconds < sent.seconds);
  }));
