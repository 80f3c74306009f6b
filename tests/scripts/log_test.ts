import assert from "node:assert/strict";
import { join } from "node:path";
import { parseCsv } from "../../io/tables/csv.ts";
import { runLine, stepLine } from "../pipeline/monitoring/log_lines.ts";
import { inTemporaryDirectory } from "../support/temporary_directory.ts";
import { assertMistake, runTask } from "./run_script.ts";

Deno.test("log prints the state of a run, and its steps and validations as tables", () =>
  inTemporaryDirectory(async (directory) => {
    const validation = {
      type: "validation",
      stage: "model",
      step: 2,
      epoch: 0,
      seconds: 0.3,
      relativeL2: 0.25,
      normalisedRmse: 0.5,
      sampleCount: 3,
      isBest: true,
      validationSeconds: 0.1,
    };
    const lines = [runLine({ steps: 8 }), stepLine(1, { loss: null }), stepLine(2), validation];
    const path = join(directory, "log.jsonl");
    await Deno.writeTextFile(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    const state = await runTask("log", directory);
    assert.match(state.out, /^Darcy flow\nrunning, or killed.*\nstep 2 of 8 steps, loss 0\.5/);
    assert.match(state.out, /validation: relative L2 25\.0.%, the best 25\.0.% at step 2\n$/);
    const steps = parseCsv((await runTask("log", path, "--csv")).out);
    assert.deepEqual([steps.get("step"), steps.get("loss")], [["1", "2"], ["", "0.5"]]);
    const table = parseCsv((await runTask("log", directory, "--csv", "--validation")).out);
    assert.deepEqual(table.get("relativeL2"), ["0.25"]);
    assertMistake(await runTask("log", join(directory, "none")), /no such file or directory/);
    await Deno.writeTextFile(path, "");
    assertMistake(await runTask("log", directory), /log\.jsonl must have a line, found none/);
  }));
