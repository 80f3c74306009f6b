// The gradient of the squared error on the CPU; see squared_error.ts.

export function squaredErrorGradient(
  prediction: usize, target: usize, counted: usize, gradient: usize, rows: usize, columns: usize,
): void {
  let at: usize = 0;
  for (let row: usize = 0; row < rows; row++) {
    const factor: f32 = <f32> 2 * load<f32>(counted + row * 4);
    for (let column: usize = 0; column < columns; column++, at += 4) {
      store<f32>(gradient + at, factor * (load<f32>(prediction + at) - load<f32>(target + at)));
    }
  }
}
