// squaredErrorGradient: gradient = 2 · counted · (prediction - target). See squared_error.ts.
//
// prediction, target [rows, columns], counted [rows]; gradient [rows, columns], overwritten.
//
// One invocation per element.

override WORKGROUP_SIZE = 64u;

struct Sizes {
  firstWorkgroup: u32,
  rows: u32,
  columns: u32,
  predictionOffset: u32,
  targetOffset: u32,
  countedOffset: u32,
  gradientOffset: u32,
}

@group(0) @binding(0) var<storage, read> prediction: array<f32>;
@group(0) @binding(1) var<storage, read> target_: array<f32>;
@group(0) @binding(2) var<storage, read> counted: array<f32>;
@group(0) @binding(3) var<storage, read_write> gradient: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

@compute @workgroup_size(WORKGROUP_SIZE)
fn squaredErrorGradient(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let workgroupIndex = sizes.firstWorkgroup + workgroup.y * workgroups.x + workgroup.x;
  let index = workgroupIndex * WORKGROUP_SIZE + lane;
  let row = index / sizes.columns;
  if (row >= sizes.rows) {
    return;
  }
  let error = prediction[sizes.predictionOffset + index] - target_[sizes.targetOffset + index];
  gradient[sizes.gradientOffset + index] = 2.0 * counted[sizes.countedOffset + row] * error;
}
