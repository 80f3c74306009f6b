// The peak rate: multiply-adds on registers. Benchmarks report rates as a fraction of it, which
// depends less on the load of the machine than the rates themselves.

/** Runs `count` rounds of 12 independent vector multiply-adds: 96 operations each. */
export function peakMadds(count: i32, factor: f32): f32 {
  const x = f32x4.splat(factor), y = f32x4.splat(factor + 1), zero = f32x4.splat(0);
  let sum0 = zero, sum1 = zero, sum2 = zero, sum3 = zero, sum4 = zero, sum5 = zero;
  let sum6 = zero, sum7 = zero, sum8 = zero, sum9 = zero, sum10 = zero, sum11 = zero;
  for (let k = 0; k < count; k++) {
    sum0 = f32x4.relaxed_madd(x, y, sum0);
    sum1 = f32x4.relaxed_madd(x, y, sum1);
    sum2 = f32x4.relaxed_madd(x, y, sum2);
    sum3 = f32x4.relaxed_madd(x, y, sum3);
    sum4 = f32x4.relaxed_madd(x, y, sum4);
    sum5 = f32x4.relaxed_madd(x, y, sum5);
    sum6 = f32x4.relaxed_madd(x, y, sum6);
    sum7 = f32x4.relaxed_madd(x, y, sum7);
    sum8 = f32x4.relaxed_madd(x, y, sum8);
    sum9 = f32x4.relaxed_madd(x, y, sum9);
    sum10 = f32x4.relaxed_madd(x, y, sum10);
    sum11 = f32x4.relaxed_madd(x, y, sum11);
  }
  const left = f32x4.add(f32x4.add(sum0, sum1), f32x4.add(sum2, sum3));
  const middle = f32x4.add(f32x4.add(sum4, sum5), f32x4.add(sum6, sum7));
  const right = f32x4.add(f32x4.add(sum8, sum9), f32x4.add(sum10, sum11));
  const total = f32x4.add(f32x4.add(left, middle), right);
  return f32x4.extract_lane(total, 0) + f32x4.extract_lane(total, 3);
}
