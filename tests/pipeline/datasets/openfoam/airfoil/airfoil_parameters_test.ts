import assert from "node:assert/strict";
import {
  airfoilName,
  drawAirfoil,
  parseAirfoilName,
  reynoldsNumber,
} from "../../../../../pipeline/datasets/openfoam/airfoil/airfoil_parameters.ts";

Deno.test("drawAirfoil() fills the ranges of AirfRANS evenly", () => {
  const draws = Array.from({ length: 400 }, (_, index) => drawAirfoil(3, index));
  const ranges: [(draw: typeof draws[number]) => number, number, number][] = [
    [(draw) => reynoldsNumber(draw) / 1e6, 2, 6],
    [({ angle }) => angle, -5, 15],
    [({ camber }) => camber, 0, 7],
    [({ camberPosition }) => camberPosition, 1.5, 7],
    [({ thickness }) => thickness, 5, 20],
  ];
  for (const [value, low, high] of ranges) {
    const shares = draws.map((draw) => (value(draw) - low) / (high - low));
    assert.ok(shares.every((share) => share > -1e-3 && share < 1 + 1e-3));
    // The mean of 400 uniform numbers is within five standard deviations of a half.
    assert.ok(Math.abs(shares.reduce((a, b) => a + b) / 400 - 0.5) < 5 * Math.sqrt(1 / 12 / 400));
  }
});

Deno.test("drawAirfoil() gives cases that match their names and depend on the seed", () => {
  for (let index = 0; index < 20; index++) {
    const draw = drawAirfoil(7, index);
    assert.deepEqual(parseAirfoilName(airfoilName(draw)), draw);
    assert.notDeepEqual(drawAirfoil(8, index), draw);
  }
});

Deno.test("airfoilName() is that of AirfRANS", () => {
  const name = "airFoil2D_SST_40.343_-0.418_0.251_6.711_16.315";
  assert.equal(airfoilName(parseAirfoilName(name)), name);
  assert.equal(
    airfoilName({ speed: 62.4, angle: 10, camber: 0, camberPosition: 0, thickness: 12 }),
    "airFoil2D_SST_62.400_10.000_0_0_12",
  );
});

Deno.test("parseAirfoilName() rejects other names and sections that cannot be meshed", () => {
  // The second is of a section of five digits.
  for (
    const rest of [
      "62.4_10_0_0",
      "62.4_10_2_3_0_12",
      "0_10_0_0_12",
      "62.4_10_0_0_",
      "62.4_10_0_0_80",
      "62.4_80_0_0_12",
    ]
  ) {
    assert.throws(() => parseAirfoilName(`airFoil2D_SST_${rest}`), {
      name: "UserError",
      message:
        /^Cannot read case "airFoil2D_SST_.*": it must be airFoil2D_SST_<speed>_.*, such as /,
    });
  }
});
