// matrixPolynomial: output = c0 · identity + c1 · matrix + c2 · square. See matrix_polynomial.ts.
//
// coefficients [3], matrix, square [size, size]; output [size, size], overwritten.
//
// One invocation per element.

override WORKGROUP_SIZE = 64u;

struct Sizes {
  firstWorkgroup: u32,
  size: u32,
  coefficientsOffset: u32,
  matrixOffset: u32,
  squareOffset: u32,
  outputOffset: u32,
}

@group(0) @binding(0) var<storage, read> coefficients: array<f32>;
@group(0) @binding(1) var<storage, read> matrix_: array<f32>;
@group(0) @binding(2) var<storage, read> square: array<f32>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

@compute @workgroup_size(WORKGROUP_SIZE)
fn matrixPolynomial(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let workgroupIndex = sizes.firstWorkgroup + workgroup.y * workgroups.x + workgroup.x;
  let index = workgroupIndex * WORKGROUP_SIZE + lane;
  if (index >= sizes.size * sizes.size) {
    return;
  }
  let c = sizes.coefficientsOffset;
  var value = coefficients[c + 1u] * matrix_[sizes.matrixOffset + index] +
    coefficients[c + 2u] * square[sizes.squareOffset + index];
  if (index % (sizes.size + 1u) == 0u) {
    value += coefficients[c];
  }
  output[sizes.outputOffset + index] = value;
}
