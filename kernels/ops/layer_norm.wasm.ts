// Layer normalisation on the CPU; see layer_norm.ts. Sums are float64: this costs little compared
// with the products, and a mean far from zero costs no accuracy.

const EPSILON: f64 = 1e-5;

function rowMean(row: usize, width: usize): f64 {
  let sum: f64 = 0;
  for (let at: usize = 0; at < width * 4; at += 4) sum += load<f32>(row + at);
  return sum / <f64> width;
}

function rowScale(row: usize, mean: f64, width: usize): f64 {
  let sum: f64 = 0;
  for (let at: usize = 0; at < width * 4; at += 4) {
    const difference = <f64> load<f32>(row + at) - mean;
    sum += difference * difference;
  }
  return 1 / sqrt<f64>(sum / <f64> width + EPSILON);
}

export function layerNorm(
  input: usize, weight: usize, bias: usize, output: usize, rows: usize, width: usize,
): void {
  const bytes = width * 4;
  for (let row: usize = 0; row < rows; row++, input += bytes, output += bytes) {
    const mean = rowMean(input, width), scale = rowScale(input, mean, width);
    for (let at: usize = 0; at < bytes; at += 4) {
      const normal = <f32> ((<f64> load<f32>(input + at) - mean) * scale);
      store<f32>(output + at, normal * load<f32>(weight + at) + load<f32>(bias + at));
    }
  }
}

export function layerNormBackwardInput(
  input: usize, weight: usize, outputGradient: usize, inputGradient: usize,
  rows: usize, width: usize,
): void {
  const bytes = width * 4;
  for (let row: usize = 0; row < rows; row++) {
    const mean = rowMean(input, width), scale = rowScale(input, mean, width);
    let sum: f64 = 0, projection: f64 = 0;
    for (let at: usize = 0; at < bytes; at += 4) {
      const g = <f64> load<f32>(outputGradient + at) * <f64> load<f32>(weight + at);
      sum += g;
      projection += g * (<f64> load<f32>(input + at) - mean) * scale;
    }
    for (let at: usize = 0; at < bytes; at += 4) {
      const normal = (<f64> load<f32>(input + at) - mean) * scale;
      const g = <f64> load<f32>(outputGradient + at) * <f64> load<f32>(weight + at);
      store<f32>(
        inputGradient + at, <f32> (scale * (g - (sum + normal * projection) / <f64> width)),
      );
    }
    input += bytes, outputGradient += bytes, inputGradient += bytes;
  }
}

export function layerNormBackwardParametersScratch(rows: usize, width: usize): usize {
  return width * 16;
}

export function layerNormBackwardParameters(
  input: usize, outputGradient: usize, weightGradient: usize, biasGradient: usize,
  rows: usize, width: usize, scratch: usize,
): void {
  // Interleaved float64 sums of the gradients of weight and bias.
  memory.fill(scratch, 0, width * 16);
  for (let row: usize = 0; row < rows; row++, input += width * 4, outputGradient += width * 4) {
    const mean = rowMean(input, width), scale = rowScale(input, mean, width);
    for (let f: usize = 0; f < width; f++) {
      const g = <f64> load<f32>(outputGradient + f * 4), sums = scratch + f * 16;
      store<f64>(sums, load<f64>(sums) + g * (<f64> load<f32>(input + f * 4) - mean) * scale);
      store<f64>(sums, load<f64>(sums, 8) + g, 8);
    }
  }
  for (let f: usize = 0; f < width; f++, weightGradient += 4, biasGradient += 4) {
    store<f32>(
      weightGradient, <f32> (<f64> load<f32>(weightGradient) + load<f64>(scratch + f * 16)),
    );
    store<f32>(
      biasGradient, <f32> (<f64> load<f32>(biasGradient) + load<f64>(scratch + f * 16, 8)),
    );
  }
}
