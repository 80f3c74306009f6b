// A quadratic polynomial of a square matrix on the CPU; see matrix_polynomial.ts.

export function matrixPolynomial(
  coefficients: usize, matrix: usize, square: usize, output: usize, size: usize,
): void {
  const constant = load<f32>(coefficients), linear = load<f32>(coefficients, 4),
    quadratic = load<f32>(coefficients, 8);
  const linears = f32x4.splat(linear), quadratics = f32x4.splat(quadratic);
  const bytes = size * size * 4, whole = bytes - bytes % 16;
  for (let at: usize = 0; at < whole; at += 16) {
    const term = f32x4.mul(linears, v128.load(matrix + at));
    v128.store(
      output + at, f32x4.relaxed_madd(quadratics, v128.load(square + at), term),
    );
  }
  for (let at = whole; at < bytes; at += 4) {
    store<f32>(
      output + at, linear * load<f32>(matrix + at) + quadratic * load<f32>(square + at),
    );
  }
  for (let at: usize = 0; at < bytes; at += (size + 1) * 4) {
    store<f32>(output + at, load<f32>(output + at) + constant);
  }
}
