import assert from "node:assert/strict";
import { join } from "node:path";
import { withoutOpenFoam } from "../pipeline/datasets/openfoam/openfoam_installed.ts";
import { inTemporaryDirectory } from "../support/temporary_directory.ts";
import { type Outcome, runTask } from "./run_script.ts";

const script = new URL("../../scripts/generate.ts", import.meta.url);

function generate(...args: readonly string[]): Promise<Outcome> {
  return runTask("generate", ...args);
}

Deno.test("generate airfoil and step3d --cases-only write what OpenFOAM reads", async () => {
  await inTemporaryDirectory(async (folder) => {
    const wing = await generate(
      "airfoil",
      "--count",
      "2",
      "--seed",
      "3",
      "--cases-only",
      "--out",
      folder,
    );
    assert.equal(wing.code, 0, wing.error);
    assert.match(wing.out, /^Wrote 2 cases for OpenFOAM to .* in \d+\.\d s\n$/);
    const step = "step3D_kEps_12.000_0.0500_coarse";
    const steps = await generate(
      "step3d",
      "--case",
      step,
      "--refinement",
      "0.4",
      "--cases-only",
      "--out",
      folder,
    );
    assert.match(steps.out, /^Wrote 1 case for OpenFOAM to /, steps.error);
    const cases = await Array.fromAsync(Deno.readDir(join(folder, "openfoam")), ({ name }) => name);
    assert.equal(cases.filter((name) => name.startsWith("airFoil2D_SST_")).length, 2);
    for (const path of ["0/U", "0/epsilon", "constant/polyMesh/faces", "system/controlDict"]) {
      assert.ok((await Deno.stat(join(folder, "openfoam", step, path))).isFile, path);
    }
  });
});

Deno.test("generate airfoil reports a missing permission without a prompt", async () => {
  await inTemporaryDirectory(async (folder) => {
    const path = join(folder, "airfoils");
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--quiet",
        "--allow-read",
        "--allow-write",
        "--allow-env",
        "--allow-sys",
        script.pathname,
        "airfoil",
        "--count",
        "1",
        "--out",
        path,
      ],
      stdin: "null",
      env: { NO_COLOR: "1" },
    }).output();
    assert.equal(success, false);
    assert.match(
      new TextDecoder().decode(stderr),
      /error: Cannot run OpenFOAM: .* permission .* --allow-run=\/usr\/bin\/simpleFoam\n$/,
    );
    assert.deepEqual(await Array.fromAsync(Deno.readDir(folder)), []);
  });
});

Deno.test("the task generate may run OpenFOAM's solver, and nothing else", async () => {
  const { tasks, permissions } = JSON.parse(await Deno.readTextFile("deno.json"));
  assert.match(tasks.generate.command, / -P=generate /);
  assert.deepEqual(permissions.generate.run, ["/usr/bin/simpleFoam"]);
});

Deno.test(
  "generate step3d solves a coarse case into a store, once (skipped without OpenFOAM)",
  {
    ignore: withoutOpenFoam,
  },
  async () => {
    await inTemporaryDirectory(async (folder) => {
      const store = join(folder, "steps.zarr");
      const name = "step3D_kEps_12.000_0.0500";
      const args = ["step3d", "--refinement", "0.25", "--case", name, "--out", store];
      const { code, out, error } = await generate(...args);
      assert.equal(code, 0, error);
      assert.match(
        out,
        /^Wrote 1 case to .*steps_cases in \d+\.\d s\nWrote 1 sample to .*steps\.zarr\n$/,
      );
      const again = await generate(...args);
      assert.match(again.error, /error: Cannot write ".*steps\.zarr".* it exists; /);
      const replaced = await generate(...args, "--overwrite");
      assert.match(
        replaced.out,
        /^Wrote 1 case to .*steps_cases in 0\.\d s\n/,
        "it is not solved again",
      );
    });
  },
);

Deno.test(
  "generate step3d ends its solver on an interrupt, and leaves nothing half-written " +
    "(skipped without OpenFOAM)",
  {
    ignore: withoutOpenFoam,
  },
  async () => {
    await inTemporaryDirectory(async (folder) => {
      const name = "step3D_kEps_12.000_0.0500_coarse";
      const child = new Deno.Command(Deno.execPath(), {
        args: [
          "run",
          "-A",
          "--no-check",
          script.href,
          "step3d",
          "--case",
          name,
          "--refinement",
          "0.6",
          "--out",
          folder,
        ],
        env: { NO_COLOR: "1", HALOFLOW_DEBUG: "" },
        stdin: "null",
        stdout: "null",
        stderr: "piped",
      }).spawn();
      while (!await isIterating(join(folder, "openfoam", name, "log.simpleFoam"))) {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      assert.equal(await countProcesses(folder), 1);
      child.kill("SIGTERM");
      const { code, stderr } = await child.output();
      assert.equal(code, 130);
      assert.match(new TextDecoder().decode(stderr), /Interrupted\n$/);
      assert.equal(await countProcesses(folder), 0);
      assert.deepEqual(await Array.fromAsync(Deno.readDir(folder)), []);
    });
  },
);

async function isIterating(log: string): Promise<boolean> {
  return (await Deno.readTextFile(log).catch(() => "")).includes("\nTime = ");
}

/** How many processes work in a folder. */
async function countProcesses(folder: string): Promise<number> {
  let count = 0;
  for await (const { name } of Deno.readDir("/proc")) {
    const directory = /^\d+$/.test(name)
      ? await Deno.readLink(`/proc/${name}/cwd`).catch(() => "")
      : "";
    if (directory.startsWith(`${folder}/`)) count++;
  }
  return count;
}

Deno.test("generate airfoil and step3d print a mistake as one line and end with 1", async () => {
  const cases: [string[], RegExp][] = [
    [
      ["airfoil", "--fidelity", "lo"],
      /^error: Cannot read --fidelity: .*low or high, received "lo", did you mean "low"\?\n$/,
    ],
    [
      ["airfoil", "--case", "naca0012"],
      /^error: Cannot read case "naca0012": it must be airFoil2D_SST_<speed>_/,
    ],
    [
      ["airfoil", "--case", "a", "--count", "3"],
      /^error: Cannot run the command as given: option '--case <names...>' cannot be used/,
    ],
    [
      ["step3d", "--refinement", "9"],
      /^error: Cannot read --refinement: it must be a number of 0.25 to 4, received "9"\n$/,
    ],
    [
      ["step3d", "--count", "1", "--out", "deno.json"],
      /^error: Cannot write cases to "deno.json": it must be a folder, found a file\n$/,
    ],
    [
      ["step3d", "--jobs", "9999"],
      /^error: Cannot read --jobs: it must be an integer of 1 to \d+, received "9999"\n$/,
    ],
  ];
  for (const [args, message] of cases) {
    const { code, out, error } = await generate(...args);
    assert.deepEqual([code, out], [1, ""], args.join(" "));
    assert.match(error, message);
  }
});
