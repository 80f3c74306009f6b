import assert from "node:assert/strict";
import { overlapStudy } from "../../../../pipeline/experiments/studies/overlap_study.ts";
import { inTemporaryDirectory } from "../../../support/temporary_directory.ts";
import { finishStudy, smallChoice } from "./finished_study.ts";

Deno.test("overlapStudy() loses edges only below one radius", () =>
  inTemporaryDirectory(async (directory) => {
    const choice = await smallChoice(directory);
    const study = await overlapStudy(choice, { overlaps: [0.5, 1], seedCount: 1 });
    const { report, columns } = await finishStudy(study, directory);
    assert.deepEqual(columns.get("overlap"), ["0.5", "1"]);
    const [half, complete] = columns.get("droppedEdges")!.map(Number);
    assert.ok(half > 0 && complete === 0, `${half} ${complete}`);
    const bytes = columns.get("peerBytes")!.map(Number);
    assert.ok(bytes[0] < bytes[1], `${bytes}`);
    for (const name of ["loss", "error", "borderError"]) {
      assert.equal(new Set(columns.get(name)).size, 2, name);
    }
    assert.match(
      report.finding,
      /^With an overlap of 0\.5 radii the error at the borders of the subdomains is [\d.]+ times/,
    );
  }));
