import assert from "node:assert/strict";
import { join } from "node:path";
import { DataError } from "../../../errors.ts";
import { batchWithUserPaths } from "../../../scripts/batch/batch_paths.ts";
import { existingPath, namedPath, projectPath, userPath } from "../../../scripts/command/paths.ts";
import { READ_OPTIONS, withUserPaths } from "../../../scripts/command/read_options.ts";
import { STAGES } from "../../../pipeline/stages/registry.ts";

/** Runs a test with a user who stands in a temporary folder with the file `mine.zarr`. */
async function standingElsewhere(test: (directory: string) => void | Promise<void>) {
  const directory = await Deno.makeTempDir();
  const before = Deno.env.get("INIT_CWD");
  try {
    await Deno.writeTextFile(join(directory, "mine.zarr"), "");
    Deno.env.set("INIT_CWD", directory);
    await test(directory);
  } finally {
    if (before === undefined) Deno.env.delete("INIT_CWD");
    else Deno.env.set("INIT_CWD", before);
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("paths are unchanged where the project is, and absolute where the user stands", () =>
  standingElsewhere((directory) => {
    assert.equal(userPath("a/b.vtu"), join(directory, "a/b.vtu"));
    assert.equal(userPath("/a/b.vtu"), "/a/b.vtu");
    assert.equal(existingPath("mine.zarr"), join(directory, "mine.zarr"));
    assert.equal(projectPath("out/darcy"), join(Deno.cwd(), "out/darcy"));
    Deno.env.set("INIT_CWD", Deno.cwd());
    for (const path of [userPath, projectPath, namedPath]) assert.equal(path("a/b"), "a/b");
    assert.equal(existingPath("mod.ts"), "mod.ts");
  }));

Deno.test("existingPath() names the folder that a path was resolved against", () =>
  standingElsewhere((directory) => {
    const refused = (path: string, message: string) =>
      assert.throws(() => existingPath(path), new DataError(message));
    const where = `no such file or directory in "${directory}"`;
    refused("mime.zarr", `Cannot open "mime.zarr": ${where}, did you mean "mine.zarr"?`);
    refused("far/off", `Cannot open "far/off": ${where}; there is no folder "far" either`);
    refused("", "Cannot open a file: its path must not be empty");
    const absolute = join(directory, "mine.zar");
    const remedy = `did you mean "${absolute}r"?`;
    refused(absolute, `Cannot open "${absolute}": no such file or directory, ${remedy}`);
  }));

Deno.test("paths in pipelines and jobs mean the user's files, or else those of the project", () =>
  standingElsewhere((directory) => {
    const mine = join(directory, "mine.zarr");
    const project = join(Deno.cwd(), "deno.json");
    const more = [{ store: "deno.json", split: "mine.zarr" }];
    const spec = {
      name: "p",
      stages: {
        meshes: { run: "load", with: { store: "mine.zarr", split: "mine.zarr", more } },
        store: { run: "write", with: { store: "mine.zarr" } },
      },
    };
    const { meshes, store } = withUserPaths(spec).stages;
    const other = [{ store: project, split: "mine.zarr" }];
    assert.deepEqual(meshes.with, { store: mine, split: "mine.zarr", more: other });
    assert.deepEqual(store.with, { store: "mine.zarr" });
    assert.deepEqual(withUserPaths(spec, "mine.zarr").stages.meshes.with?.store, "mine.zarr");

    const job = { name: "a", pipeline: "mine.ts", init_from: "b" };
    const grid = { store: ["mine.zarr", "deno.json"], init_from: ["c/model", "d"] };
    assert.deepEqual(batchWithUserPaths({ out: "out/x", jobs: [{ ...job, grid }] }), {
      out: join(directory, "out/x"),
      defaults: undefined,
      jobs: [{
        ...job,
        pipeline: join(directory, "mine.ts"),
        grid: { store: [mine, project], init_from: [join(directory, "c/model"), "d"] },
      }],
    });
  }));

Deno.test("READ_OPTIONS has the options that stages declare to read", async () => {
  const declared = await Promise.all(
    Object.entries(STAGES).map(async ([name, module]) =>
      [name, (await import(module.href)).default.repeats?.reads?.[0]] as const
    ),
  );
  const reading = declared.filter(([, option]) => option !== undefined);
  assert.deepEqual(
    Object.fromEntries(reading.sort()),
    Object.fromEntries(
      Object.entries(READ_OPTIONS).sort(),
    ),
  );
});
