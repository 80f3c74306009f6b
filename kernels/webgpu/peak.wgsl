// peak: bare multiply-adds, to measure the peak rate.
//
// factors [2]; sums [invocations], overwritten.
//
// One invocation per sum: eight chains of four, each of ROUNDS multiply-adds.

override WORKGROUP_SIZE = 64u;
override ROUNDS = 1024u;

@group(0) @binding(0) var<storage, read> factors: array<f32>;
@group(0) @binding(1) var<storage, read_write> sums: array<f32>;

@compute @workgroup_size(WORKGROUP_SIZE)
fn peak(@builtin(global_invocation_id) invocation: vec3u) {
  let x = vec4f(factors[0]);
  let y = vec4f(factors[1]);
  var a = vec4f(f32(invocation.x));
  var b = a + 1.0;
  var c = a + 2.0;
  var d = a + 3.0;
  var e = a + 4.0;
  var f = a + 5.0;
  var g = a + 6.0;
  var h = a + 7.0;
  for (var round = 0u; round < ROUNDS; round++) {
    a = fma(a, x, y);
    b = fma(b, x, y);
    c = fma(c, x, y);
    d = fma(d, x, y);
    e = fma(e, x, y);
    f = fma(f, x, y);
    g = fma(g, x, y);
    h = fma(h, x, y);
  }
  sums[invocation.x] = dot(a + b + c + d + e + f + g + h, vec4f(1.0));
}
