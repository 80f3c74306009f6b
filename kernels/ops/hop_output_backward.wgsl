// hopOutputBackward: updateGradient = nextGradient · activation'(update), elementwise. See
// hop_output.ts.
//
// update, nextGradient [count]; updateGradient [count], overwritten.
//
// One invocation per element.

override WORKGROUP_SIZE = 64u;
const RELU = 1u;
const GELU = 2u;
const INVERSE_SQRT_2_PI = 0.3989422804;

struct Sizes {
  firstWorkgroup: u32,
  count: u32,
  activation: u32,
  updateOffset: u32,
  nextGradientOffset: u32,
  updateGradientOffset: u32,
}

@group(0) @binding(0) var<storage, read> update: array<f32>;
@group(0) @binding(1) var<storage, read> nextGradient: array<f32>;
@group(0) @binding(2) var<storage, read_write> updateGradient: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

// The normal distribution function, as in hop_output.wgsl.
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
fn hopOutputBackward(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let workgroupIndex = sizes.firstWorkgroup + workgroup.y * workgroups.x + workgroup.x;
  let k = workgroupIndex * WORKGROUP_SIZE + lane;
  if (k >= sizes.count) {
    return;
  }
  let x = update[sizes.updateOffset + k];
  var slope = 1.0;
  if (sizes.activation == RELU) {
    slope = select(0.0, 1.0, x > 0.0);
  } else if (sizes.activation == GELU) {
    slope = normalCdf(x) + x * exp(-0.5 * x * x) * INVERSE_SQRT_2_PI;
  }
  let gradient = nextGradient[sizes.nextGradientOffset + k] * slope;
  updateGradient[sizes.updateGradientOffset + k] = gradient;
}
