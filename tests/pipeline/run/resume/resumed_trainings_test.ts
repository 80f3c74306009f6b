import assert from "node:assert/strict";
import { join } from "node:path";
import { definePipeline } from "../../../../pipeline/stages/built_in_pipeline.ts";
import { runPipeline } from "../../../../pipeline/run/run_pipeline.ts";
import { listCheckpoints } from "../../../../pipeline/training/checkpoints.ts";
import { inTemporaryDirectory } from "../../../support/temporary_directory.ts";
import type { TrainingRecord } from "./record_training.ts";
import { EPOCHS, resume, stopAfter, writeStore } from "./stopped_run.ts";

Deno.test("runPipeline() resumes each training of a pipeline from its own step", () =>
  inTemporaryDirectory(async (directory) => {
    const store = await writeStore(directory);
    const network = {
      width: 8,
      hops: 1,
      kernelHidden: [8],
      encoderHidden: [8],
      decoderHidden: [8],
      device: "cpu",
    } as const;
    const train = { run: "train", from: ["graphs", "scales"], ranks: 2 } as const;
    const record = new URL("./record_training.ts", import.meta.url).href;
    const spec = definePipeline({
      name: "two",
      stages: {
        meshes: { run: "load", with: { store } },
        scales: { run: "statistics", from: "meshes" },
        subdomains: { run: "partition", from: "meshes", with: { parts: 2, overlap: 0.1 } },
        graphs: {
          run: "sample",
          from: "subdomains",
          with: { nodes: 60, radius: 0.3, epochs: EPOCHS },
        },
        first: { ...train, with: { ...network, modelFile: "first.safetensors" } },
        second: { ...train, with: { ...network, modelFile: "second.safetensors", seed: 1 } },
        firstRecord: { run: record, from: "first" },
        secondRecord: { run: record, from: "second" },
      },
    });
    const [uninterrupted, stopped] = ["uninterrupted", "stopped"].map((name) =>
      join(directory, name)
    );
    await runPipeline(spec, { directory: uninterrupted });
    await stopAfter(11, spec, { directory: stopped }, "second");
    const places = await listCheckpoints(join(stopped, "checkpoints"));
    const [first, second] = ["first", "second"].map((name) =>
      places.find(({ stage }) => stage === name)!
    );
    // As if one had been killed a checkpoint before the other.
    if (first.step === second.step) await Deno.remove(first.path);
    const { trainings } = await resume(spec, stopped);
    assert.deepEqual(trainings.map(({ stage }) => stage), ["first", "second"]);
    assert.notEqual(trainings[0].step, trainings[1].step);
    for (const [k, name] of ["firstRecord.json", "secondRecord.json"].entries()) {
      const [record, expected]: TrainingRecord[] = await Promise.all(
        [stopped, uninterrupted].map(async (run) =>
          JSON.parse(await Deno.readTextFile(join(run, name)))
        ),
      );
      assert.equal(record.firstStep, trainings[k].step);
      assert.deepEqual({ ...record, firstStep: 0 }, expected);
      assert.ok(record.droppedEdges > 0);
    }
  }));
