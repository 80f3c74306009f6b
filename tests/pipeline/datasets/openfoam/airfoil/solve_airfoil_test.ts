import assert from "node:assert/strict";
import { join } from "node:path";
import { readVtk } from "../../../../../io/vtk/read_vtk.ts";
import { openAirfrans } from "../../../../../pipeline/datasets/flows/airfrans_data.ts";
import { airfoilFlow } from "../../../../../pipeline/datasets/openfoam/airfoil/solve_airfoil.ts";
import {
  FIDELITIES,
  type Fidelity,
} from "../../../../../pipeline/datasets/openfoam/airfoil/fidelity.ts";
import { generateCases } from "../../../../../pipeline/datasets/openfoam/generate_cases.ts";
import { airfoilManifest } from "../../../../../pipeline/datasets/openfoam/manifest.ts";
import { tinyAirfoil } from "../../../../fixtures/openfoam/tiny_airfoil.ts";
import { inTemporaryDirectory } from "../../../../support/temporary_directory.ts";
import { withoutOpenFoam } from "../openfoam_installed.ts";

/** 576 cells, then 1,728 whose first iterations are those of high fidelity: about 2 s in all. */
const coarse: Fidelity = {
  ...FIDELITIES.low,
  name: "coarse",
  iterations: 150,
  yPlus: 400,
  mesh: {
    ...FIDELITIES.low.mesh,
    sideCells: 16,
    wakeCells: 8,
    normalCells: 12,
    leadingSpacing: 0.02,
    trailingSpacing: 0.02,
    radius: 5,
  },
};
const fine: Fidelity = {
  ...coarse,
  name: "fine",
  coarse,
  startIterations: 10,
  iterations: 300,
  yPlus: 50,
  mesh: { ...coarse.mesh, sideCells: 24, wakeCells: 12, normalCells: 24 },
};

Deno.test({
  name: "airfoilFlow() solves a small case with OpenFOAM into what AirfRANS's reader takes " +
    "(skipped without OpenFOAM)",
  ignore: withoutOpenFoam,
  async fn() {
    await inTemporaryDirectory(async (folder) => {
      const [record] = await generateCases(
        folder,
        [airfoilFlow(tinyAirfoil, fine)],
        airfoilManifest,
      );
      assert.equal(record.accepted, true, record.reason);
      // Thin aerofoils lift 2 pi times the angle beyond that of zero lift, -2.1 degrees; these
      // meshes lose much of it.
      const ideal = 2 * Math.PI * (4 + 2.1) * Math.PI / 180;
      assert.ok(Number(record.Cl) > 0.5 * ideal && Number(record.Cl) < 1.1 * ideal, `${record.Cl}`);
      assert.ok(Number(record.Cd) > 0 && Number(record.Cd) < 0.05, `${record.Cd}`);
      const { pointData } = await readVtk(join(folder, record.name, `${record.name}_internal.vtu`));
      assert.ok([...pointData.nut.values].every((value) => Number(value) >= 0));
      const { velocity, normals } = (await (await openAirfrans(folder)).read(0)).fields;
      const still = normals.filter((_, i) => velocity[i] === 0).length / 2;
      assert.equal(still, 2 * fine.mesh.sideCells, "no flow on the wall, and only there");
      assert.deepEqual(
        await Array.fromAsync(Deno.readDir(folder), ({ name }) => name).then((names) =>
          names.sort()
        ),
        [
          record.name,
          "cases.json",
          "manifest.json",
        ],
      );
    });
  },
});

Deno.test({
  name: "airfoilFlow() rejects a flow that has not settled (skipped without OpenFOAM)",
  ignore: withoutOpenFoam,
  async fn() {
    await inTemporaryDirectory(async (folder) => {
      const flow = airfoilFlow(tinyAirfoil, { ...coarse, iterations: 20 });
      const { record, files } = await flow.solve(join(folder, "case"));
      assert.deepEqual([record.accepted, record.converged, files], [false, false, {}]);
      assert.match(
        String(record.reason),
        /^lift has varied by .* over the last 200 iterations, allowed: 0.005$/,
      );
    });
  },
});

Deno.test("airfoilFlow() ends the solver when it is aborted (skipped without OpenFOAM)", {
  ignore: withoutOpenFoam,
}, async () => {
  await inTemporaryDirectory(async (folder) => {
    // Without an end of its own within minutes.
    const endless = { ...coarse, iterations: 1e6, pressureTolerance: 0, tolerance: 0 };
    const abort = new AbortController();
    const solving = airfoilFlow(tinyAirfoil, endless).solve(folder, abort.signal);
    const log = join(folder, coarse.name, "log.simpleFoam");
    while (!(await Deno.readTextFile(log).catch(() => "")).includes("\nTime = 9\n")) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    abort.abort(new Error("stopped"));
    const tooLate = Promise.withResolvers<string>();
    const timer = setTimeout(() => tooLate.resolve("still solving"), 20_000);
    const outcome = await Promise.race([
      solving.then(() => "solved", (error) => error.message),
      tooLate.promise,
    ]);
    clearTimeout(timer);
    assert.equal(outcome, "stopped");
  });
});

Deno.test("airfoilFlow() rejects a section that cannot be meshed (skipped without OpenFOAM)", {
  ignore: withoutOpenFoam,
}, async () => {
  const thick = { ...tinyAirfoil, thickness: 40, camber: 9.5 };
  const wide = { ...coarse, yPlus: 40000 };
  const { record } = await airfoilFlow(thick, wide).solve("/nonexistent");
  assert.equal(record.accepted, false);
  assert.match(
    String(record.reason),
    /^Cannot mesh aerofoil: every cell must have an area > 0/,
  );
});
