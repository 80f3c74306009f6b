import assert from "node:assert/strict";
import { join } from "node:path";
import { parseCsv } from "../../io/tables/csv.ts";
import { loadMetis } from "../../pipeline/graph/metis.ts";
import { assertMistake, runTask } from "./run_script.ts";
import { inDirectory, namesIn, smallFlags, writeSmallStore } from "./small_darcy.ts";

/** Columns of the table of a study. */
async function table(directory: string): Promise<Map<string, string[]>> {
  return parseCsv(await Deno.readTextFile(join(directory, "table.csv")));
}

Deno.test("study ranks times steps in processes, and writes the files of a study", () =>
  inDirectory(async (directory) => {
    const store = await writeSmallStore(directory);
    const out = join(directory, "study");
    const flags = [...smallFlags(store, out), "--ranks=2", "--nodes=40", "--steps=5"];
    const { code, out: printed, error } = await runTask("study", "ranks", "darcy", ...flags);
    assert.equal(code, 0, error);
    assert.deepEqual(await namesIn(out), ["report.html", "runs", "table.csv", "table.json"]);
    const columns = await table(out);
    assert.deepEqual(columns.get("ranks"), ["2", "1"]);
    assert.ok(columns.get("stepSeconds")!.every((value) => Number(value) > 0));
    const { command } = JSON.parse(await Deno.readTextFile(join(out, "table.json")));
    assert.match(command, /^deno task study ranks darcy --ranks 2 --nodes 40 .*--steps 5/);
    assert.match(printed, /^On 2 ranks the share of messages is unknown.*\nOpen .*report\.html$/m);
  }));

Deno.test("study partitioners cuts graphs without coordinates", () =>
  inDirectory(async (directory) => {
    const edges = join(directory, "edges.csv");
    const nodes = join(directory, "nodes.csv");
    const store = join(directory, "g.zarr");
    // A ring of 60 nodes whose numbers are not in order.
    const ring = Array.from({ length: 60 }, (_, k) => `${k * 7 % 60},${(k + 1) * 7 % 60}`);
    await Deno.writeTextFile(edges, `sender,receiver\n${ring.join("\n")}\n`);
    await Deno.writeTextFile(nodes, `id,value\n${ring.map((_, k) => `${k},${k}`).join("\n")}\n`);
    const convert = [
      "edges",
      edges,
      "--nodes",
      nodes,
      "--undirected",
      "--position",
      "order",
      "--out",
      store,
    ];
    const converted = await runTask("convert", ...convert);
    assert.equal(converted.code, 0, converted.error);
    const out = join(directory, "study");
    const flags = ["--store", store, "--parts=2,3", "--out", out];
    const { code, error } = await runTask("study", "partitioners", ...flags);
    assert.equal(code, 0, error);
    const columns = await table(out);
    const methods = columns.get("method")!;
    using metis = loadMetis();
    const metisMethods = metis === undefined ? [] : ["METIS (edges)", "METIS (ghosts)"];
    const expected = ["node numbers", "breadth-first order", ...metisMethods];
    assert.deepEqual(methods.slice(0, methods.length / 2), expected);
    assert.equal(/METIS is .*apt-get install libmetis5/.test(error), metis === undefined);
    const cut = columns.get("edgeCut")!.map(Number);
    const bytes = columns.get("bytesPerHop")!.map(Number);
    const ghosts = columns.get("ghosts")!.map(Number);
    // Of the 120 directed edges, two halves cut at least 4; breadth first adds both sides of the
    // ring at once.
    assert.ok(cut[0] > 0.1 && cut[1] <= 8 / 120, `${cut}`);
    assert.deepEqual(bytes, ghosts.map((count) => 32 * 4 * count));
  }));

Deno.test("study reports mistakes in its arguments", async () => {
  const cases = [
    [["overlpa"], /unknown command 'overlpa', did you mean overlap\?/],
    [["overlap", "dracy"], /no preset of that name, did you mean "darcy"\?/],
    [["overlap", "--overlaps=-1"], /Cannot read --overlaps: .* numbers >= 0 .*, received "-1"/],
    [["ranks", "--ranks=1,two"], /Cannot read --ranks: .* integers >= 1 .*, received "1,two"/],
    [["partitioners", "--nodes=few"], /Cannot read --nodes: .* integer >= 1, received "few"/],
    [["overlap", "darcy", "step3d", "--out=x"], /Cannot write 2 studies to "x"/],
  ] as const;
  for (const [args, message] of cases) assertMistake(await runTask("study", ...args), message);
});
