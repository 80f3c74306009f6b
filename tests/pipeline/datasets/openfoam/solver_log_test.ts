import assert from "node:assert/strict";
import {
  fatalError,
  readForceCoefficients,
  readSolverLog,
} from "../../../../pipeline/datasets/openfoam/solver_log.ts";

const fixture = (name: string) => Deno.readTextFileSync(`tests/fixtures/openfoam/${name}`);

Deno.test("readSolverLog() reads the last iteration of a run that converged", () => {
  const log = fixture("converged.log");
  const { iterations, converged, residuals, yPlus } = readSolverLog(log);
  assert.equal(converged, true);
  assert.equal(iterations, Number(log.match(/SIMPLE solution converged in (\d+) iterations/)![1]));
  assert.deepEqual(Object.keys(residuals).sort(), ["Ux", "Uy", "k", "omega", "p"]);
  for (const [name, residual] of Object.entries(residuals)) {
    const stated = [
      ...log.matchAll(new RegExp(`Solving for ${name}, Initial residual = ([^,]+)`, "g")),
    ];
    assert.equal(residual, Number(stated.at(-1)![1]));
  }
  assert.deepEqual(yPlus, [43.6418, 625.701, 249.169]);
});

Deno.test("readSolverLog() recognises a run that stopped before it converged", () => {
  const { iterations, converged } = readSolverLog(fixture("stopped.log"));
  assert.deepEqual([iterations, converged], [6, false]);
});

Deno.test("readSolverLog() reads residuals that are NaN, and rejects a log without any", () => {
  const log = "Time = 1\n\nDILUPBiCG:  Solving for Ux, Initial residual = -nan, Final residual = " +
    "-nan, No Iterations 1\n";
  assert.deepEqual(readSolverLog(log).residuals, { Ux: NaN });
  assert.throws(() => readSolverLog("Time = 1\n"), {
    name: "SyntaxError",
    message: /log of simpleFoam: it must have an iteration/,
  });
});

Deno.test("fatalError() gives OpenFOAM's reason on one line", () => {
  const log =
    "Time = 1\n\n\n\n--> FOAM FATAL IO ERROR: \nEntry 'div(phi,U)' not found in dictionary\n" +
    '"/x/system/fvSchemes.divSchemes"\n\n\nfile: /x/system/fvSchemes from line 20 to line ' +
    "24.\n\n    From function a\n";
  assert.equal(
    fatalError(log),
    "Entry 'div(phi,U)' not found in dictionary \"/x/system/fvSchemes.divSchemes\"",
  );
  assert.equal(fatalError(fixture("converged.log")), undefined);
});

Deno.test("readForceCoefficients() gives the last row, and ranges over the last iterations", () => {
  const text = fixture("coefficient.dat");
  assert.deepEqual(readForceCoefficients(text, 2), {
    drag: 1.11924780147484026e-01,
    lift: -1.37691844332386931e-01,
    moment: Number(text.trim().split("\n").at(-1)!.split(/\s+/)[5]),
    dragSpan: 1.11924780147484026e-01 - 8.28704433787046807e-02,
    liftSpan: 3.10787135825431549e-01 - 1.37691844332386931e-01,
  });
  const { dragSpan } = readForceCoefficients(text, 200);
  assert.equal(dragSpan, 1.11924780147484026e-01 - 8.05174261419222548e-03);
  assert.throws(
    () => readForceCoefficients("# Time Cd Cs\n1 2 3\n", 200),
    /there must be values of Cl/,
  );
  assert.throws(
    () => readForceCoefficients("# Time Cd Cl CmPitch\n", 200),
    /there must be values of Cd/,
  );
});
