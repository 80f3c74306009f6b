import assert from "node:assert/strict";
import { join } from "node:path";
import { parseCsv } from "../../io/csv.ts";
import { loadMetis } from "../../pipeline/graph/metis.ts";
import { planRun } from "../../pipeline/run/run_pipeline.ts";
import { countedTraffic } from "../../pipeline/experiments/studies/step_model.ts";
import { type StepTiming, timingsFile } from "../../pipeline/experiments/studies/timed_train.ts";
import { assertMistake, type Outcome, runTask } from "./run_script.ts";
import { inDirectory, namesIn, SMALL, writeSmallStore } from "./small_darcy.ts";

/** Columns of the table that a study wrote. */
async function table(directory: string): Promise<Map<string, string[]>> {
  return parseCsv(await Deno.readTextFile(join(directory, "table.csv")));
}

/** A study of a small network on a small store. */
function smallStudy(name: string, store: string, out: string, ...args: string[]): Promise<Outcome> {
  const changes = [...SMALL, "stages.graphs.with.nodes=100"].flatMap((change) => ["--set", change]);
  return runTask(
    "study",
    name,
    "darcy",
    "--device=cpu",
    "--store",
    store,
    "--out",
    out,
    ...changes,
    ...args,
  );
}

Deno.test("study overlap loses edges below one radius only", () =>
  inDirectory(async (directory) => {
    const store = await writeSmallStore(directory);
    const out = join(directory, "study");
    const outcome = await smallStudy(
      "overlap",
      store,
      out,
      "--overlaps=0,0.5,1",
      "--seeds=1",
      "--steps=5",
    );
    assert.equal(outcome.code, 0, outcome.error);
    assert.deepEqual(await namesIn(out), ["report.html", "runs", "table.csv", "table.json"]);
    const columns = await table(out);
    assert.deepEqual(columns.get("overlap"), ["0", "0.5", "1"]);
    const [none, half, whole] = columns.get("droppedEdges")!.map(Number);
    assert.ok(none > half && half > 0 && whole === 0, `${none} ${half} ${whole}`);
    const bytes = columns.get("peerBytes")!.map(Number);
    assert.ok(bytes[0] < bytes[1] && bytes[1] < bytes[2], `${bytes}`);
    for (const name of ["loss", "error", "borderError"]) {
      assert.equal(new Set(columns.get(name)).size, 3, name);
    }
    assert.match(
      outcome.out,
      /With an overlap of 0 radii the error at the borders of the subdomains is [\d.]+ times/,
    );
  }));

Deno.test("study ranks counts messages and fits a model to the times", () =>
  inDirectory(async (directory) => {
    const store = await writeSmallStore(directory);
    const out = join(directory, "study");
    const outcome = await smallStudy(
      "ranks",
      store,
      out,
      "--ranks=1,2",
      "--nodes=40,160",
      "--steps=5",
    );
    assert.equal(outcome.code, 0, outcome.error);
    const columns = await table(out);
    assert.deepEqual(columns.get("ranks"), ["1", "1", "2", "2", "1", "1"]);
    const bytes = columns.get("bytes")!.map(Number);
    const edges = columns.get("edgesPerRank")!.map(Number);
    assert.deepEqual(bytes.map((count) => count > 0), [false, false, true, true, false, false]);
    assert.ok(bytes[3] > bytes[2] && edges[1] > edges[4], `${bytes} ${edges}`);
    const { results } = JSON.parse(await Deno.readTextFile(join(out, "table.json")));
    assert.ok(results.computeResidual > 0 && results.messageSeconds + results.byteSeconds > 0);
    assert.match(await Deno.readTextFile(join(out, "report.html")), /residual [\d.]+\u202f%/);

    // What the model is asked for is counted, not run: it must be what a rank really sends, but for
    // the frames.
    const run = join(out, "runs", "ranks-2-nodes-160-edges-32");
    const plan = await planRun(JSON.parse(await Deno.readTextFile(join(run, "pipeline.json"))));
    const [sent]: StepTiming[] = JSON.parse(await Deno.readTextFile(join(run, timingsFile(0))));
    const counted = countedTraffic(plan!.training.costs[0], 2);
    assert.equal(sent.messages, counted.messages);
    assert.ok(sent.bytes > counted.bytes && sent.bytes < counted.bytes + 1000 * sent.messages);
    assert.ok(sent.communicationSeconds > 0 && sent.communicationSeconds < sent.seconds);
  }));

Deno.test("study sampling measures error, time and memory of every sample", () =>
  inDirectory(async (directory) => {
    const store = await writeSmallStore(directory);
    const out = join(directory, "study");
    const outcome = await smallStudy(
      "sampling",
      store,
      out,
      "--nodes=40,80",
      "--edges=6",
      "--steps=5",
      "--ranks=1",
    );
    assert.equal(outcome.code, 0, outcome.error);
    const columns = await table(out);
    assert.deepEqual(columns.get("nodes"), ["40", "80"]);
    for (const name of ["relativeL2", "error", "stepSeconds", "seconds", "peakBytes"]) {
      assert.ok(columns.get(name)!.every((value) => Number(value) > 0), name);
    }
  }));

Deno.test("study partitioners cuts graphs without coordinates", () =>
  inDirectory(async (directory) => {
    const edges = join(directory, "edges.csv");
    const nodes = join(directory, "nodes.csv");
    const store = join(directory, "g.zarr");
    // A ring of 60 nodes, numbered in leaps.
    const ring = Array.from({ length: 60 }, (_, k) => `${k * 7 % 60},${(k + 1) * 7 % 60}`);
    await Deno.writeTextFile(edges, `sender,receiver\n${ring.join("\n")}\n`);
    await Deno.writeTextFile(nodes, `id,value\n${ring.map((_, k) => `${k},${k}`).join("\n")}\n`);
    const converted = await runTask(
      "convert",
      "edges",
      edges,
      "--nodes",
      nodes,
      "--undirected",
      "--out",
      store,
    );
    assert.equal(converted.code, 0, converted.error);
    const out = join(directory, "study");
    const outcome = await runTask(
      "study",
      "partitioners",
      "--store",
      store,
      "--parts=2,3",
      "--out",
      out,
    );
    assert.equal(outcome.code, 0, outcome.error);
    const columns = await table(out);
    const methods = columns.get("method")!;
    using metis = loadMetis();
    const expected = [
      "node numbers",
      "breadth-first order",
      ...(metis ? ["METIS (edges)", "METIS (ghosts)"] : []),
    ];
    assert.deepEqual(methods.slice(0, methods.length / 2), expected);
    assert.equal(
      /METIS is not there, .*apt-get install libmetis5/.test(outcome.error),
      metis === undefined,
    );
    const cut = columns.get("edgeCut")!.map(Number);
    const bytes = columns.get("bytesPerHop")!.map(Number);
    const ghosts = columns.get("ghosts")!.map(Number);
    // Of the 120 directed edges, two halves cut 4 at best; breadth first takes both sides of the
    // ring at once.
    assert.ok(cut[0] > 0.1 && cut[1] <= 8 / 120, `${cut}`);
    assert.deepEqual(bytes, ghosts.map((count) => 32 * 4 * count));
  }));

Deno.test("study says what is wrong with its arguments", async () => {
  for (
    const [args, message] of [
      [["overlpa"], /unknown command 'overlpa', did you mean overlap\?/],
      [["overlap", "dracy"], /no preset of that name, did you mean "darcy"\?/],
      [
        ["overlap", "--overlaps=-1"],
        /Cannot read --overlaps as it must be numbers >= 0 with commas: received "-1"/,
      ],
      [
        ["ranks", "--ranks=1,two"],
        /Cannot read --ranks as it must be integers >= 1 with commas: received "1,two"/,
      ],
      [
        ["partitioners", "--nodes=few"],
        /Cannot read --nodes as it must be "all" or an integer >= 1: received "few"/,
      ],
      [
        ["overlap", "darcy", "step3d", "--out=x"],
        /Cannot write 2 studies to "x" as each needs a directory/,
      ],
    ] as const
  ) assertMistake(await runTask("study", ...args), message);
});
