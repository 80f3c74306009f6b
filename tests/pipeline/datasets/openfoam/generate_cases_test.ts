import assert from "node:assert/strict";
import { join } from "node:path";
import { readVtk } from "../../../../io/vtk/read_vtk.ts";
import type { FlowCase } from "../../../../pipeline/datasets/openfoam/flow_case.ts";
import {
  generateCases,
  writeCases,
} from "../../../../pipeline/datasets/openfoam/generate_cases.ts";
import { stepManifest } from "../../../../pipeline/datasets/openfoam/manifest.ts";
import { curve } from "../../../fixtures/vtk/curve.ts";
import { inTemporaryDirectory } from "../../../support/temporary_directory.ts";

/** A case that is solved immediately, or after `act`; adds its name to `solved`. */
function flow(
  name: string,
  solved: string[],
  accepted = true,
  act = (_signal?: AbortSignal) => Promise.resolve(),
) {
  return {
    name,
    fidelity: "low",
    async write(directory) {
      await Deno.mkdir(directory, { recursive: true });
      await Deno.writeTextFile(join(directory, "log"), name);
    },
    async solve(directory, signal) {
      await this.write(directory);
      await act(signal);
      solved.push(name);
      const record = {
        name,
        fidelity: "low",
        accepted,
        converged: accepted,
        reason: accepted ? undefined : "it swings",
      };
      return { record, files: accepted ? { [`${name}.vtp`]: curve } : {} };
    },
  } satisfies FlowCase;
}

async function readTree(folder: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  const below = await Promise.all(
    entries.map(async ({ name, isDirectory }) =>
      isDirectory ? (await readTree(join(folder, name))).map((path) => `${name}/${path}`) : [name]
    ),
  );
  return below.flat().sort();
}

const readJson = async (folder: string, name: string) =>
  JSON.parse(await Deno.readTextFile(join(folder, name)));

Deno.test("generateCases() writes a folder per accepted case, and lists them", async () => {
  await inTemporaryDirectory(async (folder) => {
    const solved: string[] = [];
    const done: number[] = [];
    const flows = [flow("b", solved), flow("c", solved, false), flow("a", solved)];
    const records = await generateCases(folder, flows, stepManifest, {
      onProgress: (count) => done.push(count),
    });
    assert.deepEqual(records.map(({ name, accepted }) => `${name} ${accepted}`), [
      "b true",
      "c false",
      "a true",
    ]);
    assert.deepEqual(done, [0, 1, 2, 3]);
    assert.deepEqual(await readTree(folder), [
      "a/a.vtp",
      "a/a_case.json",
      "b/b.vtp",
      "b/b_case.json",
      "cases.json",
      "manifest.json",
      "openfoam/c/log",
      "rejected/c_case.json",
    ]);
    assert.deepEqual(await readJson(folder, "manifest.json"), {
      full_train: ["a"],
      full_test: ["b"],
    });
    const cases: { name: string; reason?: string | undefined }[] = await readJson(
      folder,
      "cases.json",
    );
    assert.deepEqual(cases.map(({ name, reason }) => [name, reason]), [["a", undefined], [
      "b",
      undefined,
    ], [
      "c",
      "it swings",
    ]]);
    assert.equal((await readVtk(join(folder, "a", "a.vtp"))).pointCount, 3);
  });
});

Deno.test("generateCases() resumes an interrupted run without incomplete cases", async () => {
  await inTemporaryDirectory(async (folder) => {
    const solved: string[] = [];
    const stop = new AbortController();
    const hang = (signal?: AbortSignal) =>
      new Promise<void>((_, reject) => {
        signal!.addEventListener("abort", () => reject(signal!.reason));
        stop.abort(new Error("stopped"));
      });
    const flows = [
      flow("a", solved),
      flow("x", solved, false),
      flow("b", solved, true, hang),
      flow("c", solved),
    ];
    await assert.rejects(
      generateCases(folder, flows, stepManifest, { signal: stop.signal }),
      /^Error: stopped$/,
    );
    assert.deepEqual(solved, ["a", "x"]);
    assert.deepEqual(await readTree(folder), [
      "a/a.vtp",
      "a/a_case.json",
      "cases.json",
      "manifest.json",
      "openfoam/x/log",
      "rejected/x_case.json",
    ]);
    assert.deepEqual(await readJson(folder, "manifest.json"), { full_train: ["a"], full_test: [] });

    const again = [flow("a", solved), flow("x", solved), flow("b", solved), flow("c", solved)];
    const records = await generateCases(folder, again, stepManifest, { jobs: 2 });
    // Two at a time end in any order.
    assert.deepEqual(
      [...solved.slice(0, 2), ...solved.slice(2).sort()],
      ["a", "x", "b", "c"],
      "what was done, and what was rejected, is not solved again",
    );
    assert.deepEqual(records.map(({ accepted }) => accepted), [true, false, true, true]);
  });
});

Deno.test("generateCases() ends all solvers when one fails, with that failure", async () => {
  await inTemporaryDirectory(async (folder) => {
    const solved: string[] = [];
    const hang = (signal?: AbortSignal) =>
      new Promise<void>((_, reject) => {
        if (signal!.aborted) reject(new Error("ended"));
        signal!.addEventListener("abort", () => reject(new Error("ended")));
      });
    const fail = () => Promise.reject(new Error("no disk"));
    const flows = [flow("a", solved, true, hang), flow("b", solved, true, fail), flow("c", solved)];
    await assert.rejects(generateCases(folder, flows, stepManifest, { jobs: 2 }), /no disk/);
    assert.deepEqual(solved, []);
  });
});

Deno.test("generateCases() retains files on request, and rejects another fidelity", async () => {
  await inTemporaryDirectory(async (folder) => {
    await generateCases(folder, [flow("a", [])], stepManifest, { keep: true });
    assert.ok((await readTree(folder)).includes("openfoam/a/log"));
    const other = { ...flow("b", []), fidelity: "high" };
    await assert.rejects(generateCases(folder, [other], stepManifest), {
      name: "UserError",
      message: /same fidelity, "a" has "low", the new ones "high"; choose another folder$/,
    });
    await Deno.writeTextFile(join(folder, "a", "a_case.json"), "{");
    await assert.rejects(generateCases(folder, [flow("b", [])], stepManifest), {
      name: "DataError",
      message: /^Cannot add cases to folder: ".*a_case\.json" must be the record/,
    });
    await assert.rejects(generateCases(join(folder, "cases.json"), [flow("b", [])], stepManifest), {
      message: /must be a folder, found a file$/,
    });
  });
});

Deno.test("writeCases() writes the input of OpenFOAM and solves nothing", async () => {
  await inTemporaryDirectory(async (folder) => {
    const solved: string[] = [];
    await writeCases(folder, [flow("a", solved), flow("b", solved)]);
    assert.deepEqual(await readTree(folder), ["openfoam/a/log", "openfoam/b/log"]);
    assert.deepEqual(solved, []);
  });
});
