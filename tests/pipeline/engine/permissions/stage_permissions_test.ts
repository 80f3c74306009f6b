import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { z } from "zod";
import { CodeHasher } from "../../../../pipeline/engine/definition/code_hash.ts";
import {
  givenPermissions,
  importPermissions,
  type PermittedStage,
  workerPermissions,
} from "../../../../pipeline/engine/permissions/stage_permissions.ts";
import { defineStage } from "../../../../pipeline/engine/definition/stage.ts";
import { STAGES } from "../../../../pipeline/stages/registry.ts";
import { inTemporaryDirectory } from "../../../support/temporary_directory.ts";

/** A stage next to its pipeline, the modules that it imports, and files that it must not read. */
const FILES: Readonly<Record<string, string>> = {
  "home/stages/main.ts":
    'import "./own.ts";\nimport "../other.mjs";\nimport key from "../key.txt" with { type: ' +
    '"text" };\n' +
    'import link from "./link.ts" with { type: "text" };\nimport away from "../../away.ts";\n' +
    'import key from "/etc/passwd" with { type: "text" };\nimport git from "../.git" with ' +
    '{ type: "text" };\nimport "zod";',
  "home/stages/own.ts": 'await import("./late.js");',
  "home/stages/late.js": "",
  "home/other.mjs": "",
  "home/key.txt": "secret",
  "home/.git": "secret",
  "away.ts": "secret",
};

Deno.test("importPermissions() include the modules next to a pipeline that its stage imports", () =>
  inTemporaryDirectory(async (directory) => {
    for (const path of ["home", "home/stages"]) await Deno.mkdir(join(directory, path));
    for (const [path, text] of Object.entries(FILES)) {
      await Deno.writeTextFile(join(directory, path), text);
    }
    await Deno.symlink(
      join(directory, "home", "key.txt"),
      join(directory, "home", "stages", "link.ts"),
    );
    const base = pathToFileURL(join(directory, "home", "pipeline.ts"));
    const url = pathToFileURL(join(directory, "home", "stages", "main.ts"));
    const permissions = givenPermissions({ read: ["data", "/data"], net: ["localhost:1"] }, base);
    const { read, ...others } = await importPermissions(
      { url, base, permissions },
      new CodeHasher(),
    );
    const files = ["stages/main.ts", "stages/own.ts", "stages/late.js", "other.mjs", "data"];
    assert.deepEqual(
      read.toSorted(),
      ["/data", ...files.map((path) => join(directory, "home", path))].sort(),
    );
    assert.deepEqual(others, { write: [], net: ["localhost:1"], env: [] });
  }));

Deno.test("importPermissions() of a built-in stage include all files that it imports", async () => {
  const permissions = givenPermissions(undefined, STAGES.train);
  const { read } = await importPermissions(
    { url: STAGES.train, base: STAGES.train, permissions },
    new CodeHasher(),
  );
  const root = new URL("../../", STAGES.train);
  for (
    const name of [
      "pipeline/stages/train.ts",
      "kernels/cpu/kernels.wasm",
      "kernels/ops/linear.wgsl",
      "errors.ts",
    ]
  ) {
    assert.ok(read.includes(fileURLToPath(new URL(name, root))), name);
  }
});

Deno.test("workerPermissions() only trust the declarations of built-in stages", async () => {
  const stage = defineStage({
    name: "copy",
    description: "Copies a file.",
    options: z.strictObject({ store: z.string(), out: z.string() }),
    inputs: [],
    repeats: { reads: ["store"], writes: ({ out }) => [out] },
    async run() {},
  });
  const base = new URL("../", import.meta.url);
  const url = new URL("../stages/count.ts", base);
  const plain = {
    name: "copy",
    url,
    base,
    stage,
    resolved: { store: "/data/in.zarr", out: "/elsewhere/out.zarr" },
  };
  const permissions = givenPermissions({ write: ["/loot"] }, base);
  const code = new CodeHasher();
  const permissionsOf = async (more: Partial<PermittedStage>) => {
    const { read, write } = await workerPermissions(
      { ...plain, permissions, builtIn: undefined, ...more },
      "/run",
      code,
    );
    return { read: read.filter((path) => !path.endsWith(".ts")), write };
  };
  assert.deepEqual(await permissionsOf({ builtIn: stage }), {
    read: ["/data/in.zarr", "/run", "/elsewhere"],
    write: ["/loot", "/run", "/elsewhere"],
  });
  assert.deepEqual(await permissionsOf({}), { read: ["/run"], write: ["/loot", "/run"] });
  const still = { ...stage, usesDirectory: false };
  assert.deepEqual(await permissionsOf({ stage: still }), { read: [], write: ["/loot"] });
  // A store whose files are links into a cache, which its stage may read.
  await inTemporaryDirectory(async (directory) => {
    const store = join(directory, "in.zarr");
    const blob = join(directory, "blob");
    await Deno.mkdir(store);
    await Deno.writeTextFile(blob, "{}");
    await Deno.symlink(blob, join(store, "zarr.json"));
    const resolved = { store, out: "/elsewhere/out.zarr" };
    const { read } = await permissionsOf({ builtIn: stage, resolved });
    assert.deepEqual(read, [store, await Deno.realPath(blob), "/run", "/elsewhere"]);
    assert.deepEqual((await permissionsOf({ resolved })).read, ["/run"]);
  });
});
