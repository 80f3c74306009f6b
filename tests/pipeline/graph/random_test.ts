import assert from "node:assert/strict";
import {
  fillNormal,
  fillUniform,
  hash,
  hashNumbers,
  keyedPermutation,
  KeyedSequence,
  keyedUniform,
  threefry,
} from "../../../pipeline/graph/random.ts";
import { chiSquareBound } from "./chi_square.ts";

Deno.test("threefry() reproduces the known answers of Random123", () => {
  // kat_vectors of Random123 1.14: key, counter, block for threefry2x32 of 20 rounds.
  const cases = [
    [[0, 0], [0, 0], [0x6b200159, 0x99ba4efe]],
    [[0xffffffff, 0xffffffff], [0xffffffff, 0xffffffff], [0x1cb996fc, 0xbb002be7]],
    [[0x13198a2e, 0x03707344], [0x243f6a88, 0x85a308d3], [0xc4923a9c, 0x483df7a0]],
  ];
  const block = new Uint32Array(2);
  for (const [key, counter, expected] of cases) {
    threefry(key[0], key[1], counter[0], counter[1], block);
    assert.deepEqual([...block], expected);
  }
});

Deno.test("hash() absorbs words one by one", () => {
  assert.deepEqual(hash(hash(7, "edges"), 3, "wing"), hash(7, "edges", 3, "wing"));
});

Deno.test("hash() distinguishes words by value, type, order and grouping", () => {
  const words: (string | number)[][] = [
    [],
    [0],
    [1],
    [2 ** 32],
    [2 ** 53 - 1],
    ["0"],
    [""],
    ["", ""],
    ["ab"],
    ["a", "b"],
    ["ab\0"],
    ["abcdefgh"],
    ["abcdefg", "h"],
    ["é"],
    [0, 1],
    [1, 0],
  ];
  const keys = words.map((list) => hash(7, ...list));
  assert.equal(new Set(keys.map(({ high, low }) => `${high}:${low}`)).size, words.length);
  assert.notDeepEqual(hash(7), hash(8));
});

Deno.test("hash() refuses numbers that are not integers from 0 to 2^53 - 1", () => {
  for (const word of [-1, 0.5, NaN, Infinity, 2 ** 53]) {
    assert.throws(() => hash(1, word), {
      name: "RangeError",
      message: `Cannot hash a number: it must be an integer from 0 to 2^53 - 1, received ${word}`,
    });
    assert.throws(() => hash(word), RangeError);
  }
});

Deno.test("hashNumbers() gives the lanes of hash()", () => {
  const key = hash(7, "nodes");
  const numbers = Uint32Array.of(0, 5, 2 ** 32 - 1);
  const high = new Uint32Array(3);
  const low = new Uint32Array(3);
  hashNumbers(key, numbers, high, low);
  numbers.forEach((number, i) =>
    assert.deepEqual({ high: high[i], low: low[i] }, hash(key, number))
  );
  hashNumbers(key, 3, high, low);
  for (let i = 0; i < 3; i++) assert.deepEqual({ high: high[i], low: low[i] }, hash(key, i));
});

Deno.test("fillUniform() gives the numbers of keyedUniform()", () => {
  const key = hash(7, "weights");
  fillUniform(key, new Float64Array(9)).forEach((value, i) =>
    assert.equal(value, keyedUniform(key, i))
  );
});

Deno.test("fillNormal() gives the cosine branch of Box and Muller", () => {
  const key = hash(7, "weights");
  const lanes = new Uint32Array(2);
  fillNormal(key, new Float64Array(9)).forEach((value, i) => {
    threefry(key.high, key.low, i, 0, lanes);
    const radius = Math.sqrt(-2 * Math.log((lanes[0] + 0.5) / 2 ** 32));
    assert.equal(value, radius * Math.cos(2 * Math.PI * (lanes[1] / 2 ** 32)));
  });
});

Deno.test("keyedUniform() fills [0, 1) evenly", () => {
  const bins = new Float64Array(64);
  const count = 64_000;
  for (const value of fillUniform(hash(7, "uniform"), new Float64Array(count))) {
    bins[Math.floor(value * 64)]++;
  }
  const expected = count / bins.length;
  const statistic = bins.reduce((sum, seen) => sum + (seen - expected) ** 2 / expected, 0);
  assert.ok(statistic < chiSquareBound(bins.length - 1), `chi-square ${statistic}`);
});

Deno.test("fillNormal() has the first four moments of the normal distribution", () => {
  const count = 100_000;
  const values = fillNormal(hash(7, "normal"), new Float64Array(count));
  const moment = (power: number) => values.reduce((sum, value) => sum + value ** power, 0) / count;
  // Five standard errors of each moment: the variance of x^p is E[x^2p] - E[x^p]^2.
  for (const [power, mean, variance] of [[1, 0, 1], [2, 1, 2], [3, 0, 15], [4, 3, 96]]) {
    assert.ok(
      Math.abs(moment(power) - mean) < 5 * Math.sqrt(variance / count),
      `moment ${power}: ${moment(power)}`,
    );
  }
});

Deno.test("keyedPermutation() draws every order equally often", () => {
  const seen = new Map<string, number>();
  const count = 24_000;
  for (let i = 0; i < count; i++) {
    const order = keyedPermutation(4, hash(7, "order", i)).join("");
    seen.set(order, (seen.get(order) ?? 0) + 1);
  }
  assert.equal(seen.size, 24);
  const statistic = [...seen.values()].reduce((sum, times) => sum + (times - 1000) ** 2 / 1000, 0);
  assert.ok(statistic < chiSquareBound(23), `chi-square ${statistic}`);
});

Deno.test("keyedPermutation() handles 0 and 1 elements", () => {
  assert.deepEqual([...keyedPermutation(0, hash(1))], []);
  assert.deepEqual([...keyedPermutation(1, hash(1))], [0]);
});

Deno.test("KeyedSequence.below() has no bias at a bound at which a remainder would", () => {
  // 2^32 is 3·2^30 + 2^30: a plain remainder would draw the first third twice as often.
  const bound = 3 * 2 ** 30;
  const draws = new KeyedSequence(hash(7, "bias"));
  const thirds = [0, 0, 0];
  for (let i = 0; i < 30_000; i++) thirds[Math.floor(draws.below(bound) / 2 ** 30)]++;
  const statistic = thirds.reduce((sum, seen) => sum + (seen - 10_000) ** 2 / 10_000, 0);
  assert.ok(statistic < chiSquareBound(2), `chi-square ${statistic}`);
});

Deno.test("KeyedSequence.below() is the upper half of the exact 64-bit product", () => {
  const bits = new KeyedSequence(hash(7, "product"));
  const draws = new KeyedSequence(hash(7, "product"));
  for (
    const bound of [1, 2, 3, 1000, 2 ** 21 + 1, 2 ** 31 - 1, 2 ** 31 + 1, 2 ** 32 - 1, 2 ** 32]
  ) {
    for (let i = 0; i < 200; i++) {
      const draw = draws.below(bound);
      let product = BigInt(bits.next()) * BigInt(bound);
      while (product % 2n ** 32n < 2n ** 32n % BigInt(bound)) {
        product = BigInt(bits.next()) *
          BigInt(bound);
      }
      assert.equal(draw, Number(product >> 32n));
    }
  }
});

Deno.test("KeyedSequence.rekey() restarts the draws of a number", () => {
  const draws = new KeyedSequence(hash(7));
  const five = () => Array.from({ length: 5 }, () => draws.next());
  draws.rekey(3);
  const first = five();
  draws.rekey(4);
  const other = five();
  draws.rekey(3);
  assert.deepEqual(five(), first);
  assert.notDeepEqual(other, first);
});
