import assert from "node:assert/strict";
import {
  countOf,
  formatBytes,
  formatNumber,
  formatPercent,
  formatRound,
  formatSeconds,
} from "../format.ts";

/** Narrow spaces as plain ones, for readable expectations. */
const plain = (text: string) => text.replaceAll("\u202f", " ");

Deno.test("formatNumber() gives significant digits and a true minus sign", () => {
  const cases: [number, string][] = [
    [0, "0"],
    [1, "1.00"],
    [12.345, "12.3"],
    [0.012345, "0.0123"],
    [-0.5, "−0.500"],
    [123456, "123,456"],
    [0.09999, "0.100"],
    [9.999, "10.0"],
    [1.234e-7, "1.23 × 10⁻⁷"],
    [-2e9, "−2.00 × 10⁹"],
    [NaN, "–"],
    [Infinity, "∞"],
    [-Infinity, "−∞"],
  ];
  for (const [value, text] of cases) assert.equal(formatNumber(value), text);
  assert.deepEqual([12, 0.5, 1200, 0.0305, 1e-7].map((value) => formatRound(value)), [
    "12",
    "0.5",
    "1,200",
    "0.0305",
    "1 × 10⁻⁷",
  ]);
});

Deno.test("formatPercent(), formatBytes() and formatSeconds() choose their unit", () => {
  const percents = [0.069, 0.38, 1, 0.0012, 0, 0.0999, 12.5, NaN].map((share) =>
    plain(formatPercent(share))
  );
  assert.deepEqual(percents, [
    "6.9 %",
    "38.0 %",
    "100 %",
    "0.12 %",
    "0 %",
    "9.99 %",
    "1250 %",
    "–",
  ]);
  const bytes = [0, 999, 1000, 1.5e6, 99.96e6, 2e12].map((count) => plain(formatBytes(count)));
  assert.deepEqual(bytes, ["0 B", "999 B", "1.00 kB", "1.50 MB", "100 MB", "2.00 TB"]);
  const seconds = [0.0012, 0.045, 0.9999, 2.34, 45, 99.7, 245, 3720].map((count) =>
    plain(formatSeconds(count))
  );
  assert.deepEqual(seconds, [
    "1.2 ms",
    "45 ms",
    "1.0 s",
    "2.3 s",
    "45 s",
    "1 min 40 s",
    "4 min 05 s",
    "1 h 02 min",
  ]);
  assert.deepEqual([countOf(1, "rank"), countOf(2048, "node")], ["1 rank", "2,048 nodes"]);
});
