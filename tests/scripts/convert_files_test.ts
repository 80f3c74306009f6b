import assert from "node:assert/strict";
import { join } from "node:path";
import { openMeshStore } from "../../io/mesh_store.ts";
import { summarizeStore } from "../../pipeline/datasets/imports/summarize_store.ts";
import { fixture } from "../pipeline/datasets/flow_cases.ts";
import { runTask, runTaskIn } from "./run_script.ts";
import { inDirectory } from "./small_darcy.ts";

const plates = fixture("plates", "plate_*.vtu");

Deno.test("convert FILES reads patterns, prints the summary, and again when cached", async () => {
  await inDirectory(async (directory) => {
    const out = join(directory, "a.zarr");
    const args = [plates, "--inputs", "2nd law", "--targets", "swirl", "--test", "plate_1"];
    const convert = (...args: readonly string[]) =>
      runTaskIn({ cwd: directory, cache: true }, "convert", ...args);
    const first = await convert(...args, "--out", out);
    assert.equal(first.code, 0, first.error);
    const [wrote, ...summary] = first.out.split("\n");
    assert.equal(wrote, `Wrote 3 samples to ${out}`);
    assert.deepEqual(summary.map((line) => line.replaceAll(/ +/g, " ")), [
      "plates: 3 meshes (VTK unstructured grid)",
      " nodes 9 to 15, median 12",
      " dimensions 2: all points lie in the plane y = −0.25",
      " box 0 to 4 × 0 to 2",
      " spacing 1",
      " cells 36 triangles",
      ' input field_2nd_law (array "2nd law"), 1 component, 0 to 6',
      " target swirl, 3 components, 0 to 2; 0 to 4; −0.25",
      " left out Velocity [m/s], stress: not named",
      " train 1: plate_0",
      " validation 1: plate_2",
      " test 1: plate_1",
      `Next: deno task train ${out}`,
      "",
    ]);
    const again = await convert(...args, "--out", out);
    assert.match(again.out, /^cached: this command created /);
    assert.ok(again.out.endsWith(summary.join("\n")));

    const json = await convert(...args, "--out", out, "--json");
    assert.deepEqual(
      JSON.parse(json.out),
      JSON.parse(JSON.stringify(await summarizeStore(await openMeshStore(out)))),
    );
    const arrow = join(directory, "b.arrow");
    const copied = await convert(out, "--out", arrow, "--splits", "0/0/1");
    assert.match(
      copied.out,
      /\n +test +3: plate_0, plate_1, plate_2\nNext: deno task predict RUN /,
    );
  });
});

Deno.test("convert FILES takes splits from a list", async () => {
  await inDirectory(async (directory) => {
    const out = join(directory, "a.zarr");
    const list = join(directory, "splits.json");
    const convert = async (splits: unknown) => {
      await Deno.writeTextFile(list, JSON.stringify(splits));
      return await runTask("convert", plates, "--split-list", list, "--out", out);
    };
    assert.match((await convert({ tests: ["plate_0"] })).error, /--split-list .*: .* "tests"\n/);
    assert.equal((await convert({ test: ["plate_[0"], train: ["plate_*"] })).code, 1);
    assert.equal((await convert({ test: ["plate_0"], train: ["plate_1"] })).code, 0);
    const { splits } = (await openMeshStore(out)).attributes;
    assert.deepEqual(splits, { train: [1], validation: [2], test: [0] });
  });
});

Deno.test("convert FILES prints one line per mistake and writes nothing", async () => {
  await inDirectory(async (directory) => {
    const out = ["--out", join(directory, "a.zarr")];
    const cases: [string[], RegExp][] = [
      [[join(directory, "*.vtu"), ...out], /no file in ".*" matches this pattern/],
      [[plates, "--times", "first", ...out], /--times: it must be last, all or times .*"first"/],
      [[plates, "--missing", "-9999,x", ...out], /--missing: it must be numbers .*"-9999,x"/],
      [[plates, "--cells", "center", ...out], /--cells: .* did you mean "centres"\?/],
      [[plates, "--test", "plate_9", ...out], /"plate_9" of test must name samples/],
      [[plates], /Cannot convert ".*": --out is required/],
    ];
    for (const [args, message] of cases) {
      const { code, out: printed, error } = await runTask("convert", ...args);
      assert.equal(code, 1, args.join(" "));
      assert.equal(printed, "");
      assert.match(error, message);
    }
    assert.deepEqual(await Array.fromAsync(Deno.readDir(directory)), []);
  });
});
