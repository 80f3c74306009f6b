import assert from "node:assert/strict";
import { join } from "node:path";
import { readMeasurements } from "../../pipeline/reporting/measurements_file.ts";
import { importPipeline } from "../../scripts/command/import_file.ts";
import { assertMistake, type Outcome, runTask, runTaskIn } from "./run_script.ts";
import { inDirectory, namesIn, writeSmallStore } from "./small_darcy.ts";

const SMALL = ["width=4", "hops=1", "kernelHidden=[4]", "encoderHidden=[4]", "decoderHidden=[4]"]
  .flatMap((option) => ["--set", `stages.model.with.${option}`])
  .concat("--device", "cpu", "--ranks", "1", "--epochs", "2");

/** Points per side of a mesh. */
const SIDE = 7;

/** Writes meshes of triangles with the arrays k, T and note, as ASCII. */
async function writeMeshes(folder: string, count: number): Promise<void> {
  await Deno.mkdir(folder);
  for (let mesh = 1; mesh <= count; mesh++) {
    await Deno.writeTextFile(join(folder, `run_${mesh}.vtu`), meshText(mesh));
  }
}

function meshText(mesh: number): string {
  const points = Array.from({ length: SIDE ** 2 }, (_, k) => [Math.floor(k / SIDE), k % SIDE]);
  const triangles = points.flatMap(([x, y], k) =>
    x === SIDE - 1 || y === SIDE - 1 ? [] : [[k, k + SIDE, k + 1], [k + SIDE, k + SIDE + 1, k + 1]]
  );
  const array = (name: string, type: string, values: readonly number[], components = 1) =>
    `<DataArray Name="${name}" type="${type}" NumberOfComponents="${components}" ` +
    `format="ascii">${values.join(" ")}</DataArray>`;
  const coefficients = points.map(([x, y]) => 1 + mesh * Math.sin(x + y) ** 2);
  const temperatures = points.map(([x], k) => 20 + coefficients[k] * x);
  const coordinates = points.flatMap(([x, y]) => [250 * x, 250 * y, 0]);
  const ends = triangles.map((_, k) => 3 * k + 3);
  return [
    '<VTKFile type="UnstructuredGrid" version="0.1" byte_order="LittleEndian"><UnstructuredGrid>',
    `<Piece NumberOfPoints="${points.length}" NumberOfCells="${triangles.length}">`,
    `<PointData>${array("k", "Float64", coefficients)}${array("T (K)", "Float64", temperatures)}`,
    `${array("note", "Float64", temperatures.map(() => mesh))}</PointData>`,
    `<Points>${array("points", "Float64", coordinates, 3)}</Points>`,
    `<Cells>${array("connectivity", "Int64", triangles.flat())}`,
    `${array("offsets", "Int64", ends)}${array("types", "UInt8", ends.map(() => 5))}</Cells>`,
    "</Piece></UnstructuredGrid></VTKFile>",
  ].join("\n");
}

/** The command that a run wrote into its report. */
async function commandOf(directory: string): Promise<string> {
  const html = await Deno.readTextFile(join(directory, "report.html"));
  return html.match(/deno task train [^<]*/)![0].replaceAll("&#39;", "'");
}

Deno.test("train goes from files to a report under their name, which its command repeats", (t) =>
  inDirectory(async (directory) => {
    const place = { cwd: directory, cache: true };
    const train = (...args: readonly string[]): Promise<Outcome> =>
      runTaskIn(place, "train", ...args, ...SMALL);
    await writeMeshes(join(directory, "plates"), 5);
    const files = ["plates", "--targets", "T (K)", "--inputs", "k"];
    const { code, out, error } = await train(...files);
    assert.equal(code, 0, error);
    await t.step("it prints a summary, its choices, and the errors", () => {
      assert.match(out, /^plates: 5 meshes \(VTK /m);
      assert.match(out, /^ {2}target {6}T_K \(array "T \(K\)"\), 1 component, 20 to /m);
      assert.match(out, /^ {2}graphs {4}all 49 nodes; up to 16 edges to a node, within [\d.,]+: /m);
      assert.match(
        out,
        /^ {2}network {3}reads the coordinates, k and the distance to the boundary; on 1 rank$/m,
      );
      assert.match(out, /^ {2}training {2}2 epochs of 4 meshes$/m);
      assert.match(out, /^ {2}test {6}1 mesh on which the network is never trained$/m);
      assert.match(out, /^ Network /m);
    });
    await t.step(
      "predict repeats the errors of the report from the folder of the run",
      async () => {
        const [, test] = out.match(/^ {2}test {8}1: (run_\d)$/m)!;
        const predict = (...args: readonly string[]) => runTaskIn(place, "predict", ...args);
        const file = `plates/${test}.vtu`;
        const shown = await predict("out/plates", file, "--vtk", "out/vtk", "--device", "cpu");
        assert.equal(shown.code, 0, shown.error);
        const numbersOf = (text: string) => text.match(/^ Network +(.*)$/m)![1].split(/ +/);
        assert.deepEqual(numbersOf(shown.out), numbersOf(out));
        assert.match(shown.out, /^Predicted 1 sample into /m);
        assert.deepEqual(await namesIn(join(directory, "out/vtk")), [`${test}.vtu`]);
        const store = await predict("out/plates", "out/plates.data.zarr", "--out", "out/p.zarr");
        assert.deepEqual(numbersOf(store.out), numbersOf(out));
        assert.deepEqual(await namesIn(join(directory, "out")), [
          "p.zarr",
          "plates",
          "plates.data.zarr",
          "vtk",
        ]);
        const refused: readonly (readonly [args: readonly string[], message: RegExp])[] = [
          [["out", file, "--vtk", "v"], /the folder of a run must have a model\.safetensors/],
          [["out/plates", file], /--out or --vtk is required/],
          [
            ["out/plates", file, "--split", "train", "--vtk", "v"],
            /--split: it applies to a store/,
          ],
          [["out/plates", "plates/run_9.vtu", "--vtk", "v"], /run_9\.vtu": no such file/],
          [["out/plates", file, "--vtk", "out/vtk"], /it exists/],
        ];
        for (const [args, message] of refused) assertMistake(await predict(...args), message);
      },
    );
    await t.step(
      "the report has the name of the data, and the command that repeats it",
      async () => {
        assert.ok(await readMeasurements(join(directory, "out/plates")));
        const html = await Deno.readTextFile(join(directory, "out/plates/report.html"));
        assert.match(html, /plates: T/);
        assert.doesNotMatch(html, /Darcy/);
        const command = await commandOf(join(directory, "out/plates"));
        assert.match(
          command,
          /^deno task train plates --targets 'T \(K\)' --inputs k --device cpu --ranks 1 --epochs 2 --set /,
        );
        assert.doesNotMatch(command, /minutes/);
      },
    );
    await t.step(
      "the same command again is cached, and an ejected pipeline is the same",
      async () => {
        const again = await train(...files);
        assert.match(again.out, /^cached: this command created out\/plates\.data\.zarr /m);
        assert.match(again.out, /^cached: the complete run, /m);
        const ejected = await train(...files, "--eject", "my.ts");
        assert.equal(ejected.code, 0, ejected.error);
        const pipeline = JSON.parse(
          await Deno.readTextFile(join(directory, "out/plates/pipeline.json")),
        );
        assert.deepEqual(await importPipeline(join(directory, "my.ts")), pipeline);
      },
    );
    await t.step("the converted store trains with other roles, without a test", async () => {
      const store = "out/plates.data.zarr";
      const flags = ["--targets", "k", "--inputs", "T_K", "--no-test", "--title", "Back"];
      const { code, out, error } = await train(store, ...flags);
      assert.equal(code, 0, error);
      assert.match(out, /^ {2}test {6}none: /m);
      assert.match(out, /^Results are in out\/Back$/m);
      const split = await train(store, "--test", "run_[23]", "--out", "out/split");
      assert.match(split.error, /"run_\[23\]" of test must name samples/);
      const other = await train(store, "--test", "run_2,run_3", "--out", "out/split", "--plan");
      assert.equal(other.code, 0, other.error);
      assert.match(other.out, /^ {2}test {8}2: run_2, run_3$/m);
    });
  }));

/** The target as flags. */
const TARGET = ["--targets", "T (K)"];

Deno.test("train refuses what cannot work before it trains", () =>
  inDirectory(async (directory) => {
    await writeMeshes(join(directory, "plates"), 2);
    await writeMeshes(join(directory, "single"), 1);
    await Deno.writeTextFile(join(directory, "notes.txt"), "a text");
    const store = await writeSmallStore(directory);
    const path = (name: string) => join(directory, name);
    const plates = path("plates");
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [
        [plates],
        /--targets is required; its meshes have k, T \(K\), note; name some, such as --targets/,
      ],
      [
        [path("plate"), ...TARGET],
        /plate": no such file or directory, did you mean ".*plat/,
      ],
      [[path("plates/*.vtp"), ...TARGET], /no file .* matches/],
      [[plates, "--targets", "T(K)"], /"T\(K\)" of .*: no such array, did you mean "T \(K\)"\?/],
      [[plates, ...TARGET, "--inputs", "T (K)"], /both input and target/],
      [[plates, ...TARGET, "--radius", "0"], /--radius: it must be > 0, received "0"/],
      [[plates, ...TARGET, "--nodes", "no"], /--nodes: it must be "all" or an integer/],
      [
        [plates, ...TARGET, "--minuts", "1"],
        /unknown option '--minuts', did you mean --min/,
      ],
      [[plates, ...TARGET, "--test", "run_9"], /"run_9" of test must name samples/],
      [[path("notes.txt"), ...TARGET], /it is a text of an unknown format/],
      [[store, "--cells", "centres"], /--cells: it applies to files, ".*" is a store/],
    ];
    for (const [args, message] of cases) {
      assertMistake(await runTask("train", ...args, "--out", path("run")), message);
    }
    const misnamed = await runTask("train", store, "--targets", "solutoin", ...SMALL);
    assert.match(misnamed.error, /no field "solutoin", did you mean "solution"\?/);
    const single = [path("single"), ...TARGET, "--out", path("run"), ...SMALL];
    const refused = await runTask("train", ...single);
    assert.equal(refused.code, 1);
    assert.match(refused.error, /^error: Cannot test on .* add cases, or give --no-test$/m);
    assert.deepEqual((await namesIn(directory)).filter((name) => name === "run"), []);
    const two = await runTask("train", plates, ...TARGET, "--plan", ...SMALL);
    assert.equal(two.code, 0, two.error);
    assert.match(two.out, /^ {2}note {6}one training case does not show how the fields depend/m);
    assert.match(two.out, /the distance to the boundary only, so that cases on one mesh are alike/);
    await Deno.remove("out/plates.data.zarr", { recursive: true });
  }));
