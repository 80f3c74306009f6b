// hopOutput: next = (residual ? latent : 0) + activation(update), elementwise. See hop_output.ts.
//
// update, latent [count]; next [count], overwritten.
//
// One invocation per element.

override WORKGROUP_SIZE = 64u;
const RELU = 1u;
const GELU = 2u;

struct Sizes {
  firstWorkgroup: u32,
  count: u32,
  activation: u32,
  residual: u32,
  updateOffset: u32,
  latentOffset: u32,
  nextOffset: u32,
}

@group(0) @binding(0) var<storage, read> update: array<f32>;
@group(0) @binding(1) var<storage, read> latent: array<f32>;
@group(0) @binding(2) var<storage, read_write> next: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

// The normal distribution function with an absolute error below 1e-7; also in
// hop_output_backward.wgsl. For |x| < √2 it is 0.5 + x · P(x²), beyond it is exp(-x² / 2) · Q(u)
// with u = 1 / (1 + 0.35 |x|); the polynomials P and Q interpolate at Chebyshev nodes.
fn normalCdf(x: f32) -> f32 {
  let t = x * x;
  if (t < 2.0) {
    return 0.5 + x * (0.3989423 + t * (-0.06649036 + t * (0.009973383 + t * (-0.0011867997 +
      t * (0.000114663715 + t * (-0.000008857467 + t * 4.3508473e-7))))));
  }
  let u = 1.0 / (1.0 + 0.35 * abs(x));
  let tail = exp(-0.5 * t) * (0.000017031734 + u * (0.13931185 + u * (0.14184450 + u * (0.11599222 +
    u * (0.09120254 + u * (0.07167132 + u * -0.060853362))))));
  return select(1.0 - tail, tail, x < 0.0);
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn hopOutput(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let workgroupIndex = sizes.firstWorkgroup + workgroup.y * workgroups.x + workgroup.x;
  let k = workgroupIndex * WORKGROUP_SIZE + lane;
  if (k >= sizes.count) {
    return;
  }
  var value = update[sizes.updateOffset + k];
  if (sizes.activation == RELU && value < 0.0) {
    value = 0.0;
  } else if (sizes.activation == GELU) {
    value *= normalCdf(value);
  }
  if (sizes.residual == 1u) {
    value += latent[sizes.latentOffset + k];
  }
  next[sizes.nextOffset + k] = value;
}
