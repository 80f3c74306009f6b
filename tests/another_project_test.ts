/** Another project uses the package by name, without a registry. @module */

import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { inTemporaryDirectory } from "./support/temporary_directory.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

const CONFIG = {
  links: [ROOT],
  imports: { "@haloflow/haloflow": "jsr:@haloflow/haloflow@^0.1.0" },
  unstable: ["worker-options"],
  compilerOptions: { lib: ["deno.window", "deno.unstable"] },
};

const STAGE = `
import { defineStage, schemas, z } from "@haloflow/haloflow/stages";
export default defineStage({
  name: "count_nodes",
  description: "Counts nodes.",
  options: z.strictObject({}),
  inputs: [schemas.mesh],
  async run({ inputs: [meshes], directory }) {
    let count = 0;
    for await (const mesh of meshes) count += mesh.list("position", 0, "float32").length / 2;
    await Deno.writeTextFile(directory + "/count.txt", String(count));
  },
});
`;

const PROGRAM = `
import { confineWorkers, definePipeline, runPipeline } from "@haloflow/haloflow";
import { openMeshStore } from "@haloflow/haloflow/data";
import { presets } from "@haloflow/haloflow/presets";
confineWorkers();
const store = Deno.args[0];
const pipeline = definePipeline({
  name: "linked",
  stages: {
    meshes: { run: "load", with: { store, split: "train" } },
    count: { run: "./stage.ts", from: "meshes" },
  },
});
await runPipeline(pipeline, { directory: "out", base: import.meta.url });
const { sampleCount } = await openMeshStore(store);
console.log(sampleCount, presets.darcy.name, await Deno.readTextFile("out/count.txt"));
`;

Deno.test("A project whose deno.json links this one runs pipelines with a custom stage", () =>
  inTemporaryDirectory(async (directory) => {
    await Deno.writeTextFile(join(directory, "deno.json"), JSON.stringify(CONFIG));
    await Deno.writeTextFile(join(directory, "stage.ts"), STAGE);
    await Deno.writeTextFile(join(directory, "program.ts"), PROGRAM);
    const store = join(ROOT, "tests/fixtures/version_0_1/store.zarr");
    const command = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "program.ts", store],
      cwd: directory,
      env: { NO_COLOR: "1" },
    });
    const { code, stdout, stderr } = await command.output();
    assert.equal(code, 0, new TextDecoder().decode(stderr));
    assert.equal(new TextDecoder().decode(stdout).trim(), "6 darcy 324");
  }));

Deno.test("A plain path to mod.ts fails in another project: package names do not resolve", () =>
  inTemporaryDirectory(async (directory) => {
    await Deno.writeTextFile(join(directory, "deno.json"), "{}");
    const program = `import ${JSON.stringify(join(ROOT, "mod.ts"))};`;
    await Deno.writeTextFile(join(directory, "program.ts"), program);
    const command = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "program.ts"],
      cwd: directory,
    });
    const { code, stderr } = await command.output();
    assert.notEqual(code, 0);
    assert.match(new TextDecoder().decode(stderr), /Import "\S+" not a dependency/);
  }));
