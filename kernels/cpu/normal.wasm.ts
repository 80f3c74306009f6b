// The standard normal distribution on vectors of four. The coefficients are minimax fits (Lawson's
// iteration in float64, rounded to float32).

/**
 * `exp(-x² / 2)`, at least exp(-64). The relative error is 2e-7 for |x| < 1, and x² · 6e-8 beyond,
 * by the rounding of x².
 */
@inline
export function gaussian(x: v128): v128 {
  // Values below exp(-64) do not matter, but denormal products would cost a hundred cycles each.
  const exponent = f32x4.max(f32x4.mul(f32x4.mul(x, x), f32x4.splat(-0.5)), f32x4.splat(-64));
  // exp(y) = 2^n · exp(r), |r| <= ln 2 / 2; ln 2 in two parts, the first with trailing zeros.
  const n = f32x4.nearest(f32x4.mul(exponent, f32x4.splat(1.44269504)));
  const r = f32x4.sub(
    f32x4.sub(exponent, f32x4.mul(n, f32x4.splat(0.693359375))),
    f32x4.mul(n, f32x4.splat(-2.12194440e-4)),
  );
  // Degree 6 on |r| <= ln 2 / 2, relative error 2e-9.
  let sum = f32x4.splat(0.0013836842263117433);
  sum = f32x4.relaxed_madd(sum, r, f32x4.splat(0.008374815806746483));
  sum = f32x4.relaxed_madd(sum, r, f32x4.splat(0.04166822507977486));
  sum = f32x4.relaxed_madd(sum, r, f32x4.splat(0.16666419804096222));
  sum = f32x4.relaxed_madd(sum, r, f32x4.splat(0.49999991059303284));
  sum = f32x4.relaxed_madd(sum, r, f32x4.splat(1));
  sum = f32x4.relaxed_madd(sum, r, f32x4.splat(1));
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  return f32x4.mul(sum, power);
}

/**
 * The normal distribution function `(1 + erf(x / √2)) / 2`, given `gaussian(x)`, with an absolute
 * error below 1e-7.
 */
@inline
export function normalCdf(x: v128, density: v128): v128 {
  const size = f32x4.abs(x);
  // |x| < 1.5: 1/2 + x · P(x²), fit error 7e-10.
  const square = f32x4.mul(x, x);
  let centre = f32x4.splat(3.9959203945727495e-7);
  centre = f32x4.relaxed_madd(centre, square, f32x4.splat(-8.629885996924713e-6));
  centre = f32x4.relaxed_madd(centre, square, f32x4.splat(0.00011410450679250062));
  centre = f32x4.relaxed_madd(centre, square, f32x4.splat(-0.0011861430248245597));
  centre = f32x4.relaxed_madd(centre, square, f32x4.splat(0.009973010048270226));
  centre = f32x4.relaxed_madd(centre, square, f32x4.splat(-0.06649027019739151));
  centre = f32x4.relaxed_madd(centre, square, f32x4.splat(0.3989422619342804));
  centre = f32x4.relaxed_madd(centre, x, f32x4.splat(0.5));
  // Beyond: the tail is exp(-x² / 2) · Q(t), t = 1 / (1 + 0.4 |x|), fit error 2e-10.
  const one = f32x4.splat(1);
  const t = f32x4.div(one, f32x4.relaxed_madd(size, f32x4.splat(0.4), one));
  let tail = f32x4.splat(-0.079802967607975);
  tail = f32x4.relaxed_madd(tail, t, f32x4.splat(0.11682017892599106));
  tail = f32x4.relaxed_madd(tail, t, f32x4.splat(0.16218909621238708));
  tail = f32x4.relaxed_madd(tail, t, f32x4.splat(0.13378898799419403));
  tail = f32x4.relaxed_madd(tail, t, f32x4.splat(0.1672370284795761));
  tail = f32x4.relaxed_madd(tail, t, f32x4.splat(-0.000815486186183989));
  tail = f32x4.mul(tail, density);
  const outer = v128.bitselect(f32x4.sub(one, tail), tail, f32x4.gt(x, f32x4.splat(0)));
  return v128.bitselect(centre, outer, f32x4.lt(size, f32x4.splat(1.5)));
}
