"""Predicts nodes with a trained model: python predict_with_torch.py MODEL NODES.csv OUT.csv"""
import csv, json, os, sys
import torch
from safetensors import safe_open  # pip install torch safetensors

model_path, nodes_path, out_path = sys.argv[1:]
with safe_open(model_path, "pt") as file:
    meta = {key: value for key, value in file.metadata().items()}
    p = {key: file.get_tensor(key) for key in file.keys()}
config, rule = json.loads(meta["config"]), json.loads(meta["graphRule"])
names, targets = json.loads(meta["inputNames"]), json.loads(meta["targetNames"])

def require(ok, rule):
    if not ok: sys.exit(f"Cannot predict with {model_path}: {rule}")

require(config["network"] == "dsmpnn", "the network must be dsmpnn")
require(rule.get("edges", "radius") == "radius" and rule["maxEdges"] > 0, "edges must be by radius")
require("normalisation/targetPowers" not in p, "targets must have no divisors")
data = json.loads(meta.get("data", "{}"))
require("derived" not in data, "no input may be derived from the mesh")
require(not data.get("covers", {}).get("fitLength"), "predictions must not be fitted (fitLength)")
require(len(set(names)) == len(names), f"names of inputs must differ, they are {names}")

rows = list(csv.DictReader(open(nodes_path)))
require(set(names) <= set(rows[0]), f"the columns of the nodes must be {names}")
given = torch.tensor([[float(row[name]) for name in names] for row in rows], dtype=torch.float64)
coordinates = len(os.path.commonprefix([names, ["x", "y", "z"]]))  # in files without dimensions
dimensions = data.get("dimensions", coordinates)
none = torch.zeros(len(names) + len(targets), dtype=torch.float64)
offset = p.get("normalisation/valueOffset", none)
stored = (given - offset[: len(names)]).float().double()
position = stored[:, :dimensions]
squared = (position[:, None] - position).square().sum(2)
near = (squared <= rule["radius"] ** 2).fill_diagonal_(False)  # every edge
require(near.sum(1).max() <= rule["maxEdges"], f"nodes must have <= {rule['maxEdges']} edges")
receivers, senders = torch.nonzero(near, as_tuple=True)
scaled = (stored - p["normalisation/inputMean"]) / p["normalisation/inputScale"]
x, width, relu = scaled.float(), config["width"], torch.relu
activations = {"identity": lambda v: v, "relu": relu, "gelu": torch.nn.functional.gelu}
activation = activations[config["hopActivation"]]

def mlp(name, v, last=lambda v: v):
    depth = sum(key.startswith(name + ".") for key in p) // 2
    for k in range(depth):
        v = v @ p[f"{name}.{k}.weight"].T + p[f"{name}.{k}.bias"]
        v = relu(v) if k < depth - 1 else last(v)
    return v

latent, decoded = mlp("encoder", x), torch.zeros(len(x), config["outputs"])
for _ in range(config["hops"]):
    edge = torch.cat([x[receivers] - x[senders], decoded[receivers] - decoded[senders]], 1)
    if config.get("edgeInputs") == "ends":
        length = edge[:, :dimensions].square().sum(1, keepdim=True).sqrt()
        edge = torch.cat([edge, length, x[receivers, dimensions:], x[senders, dimensions:]], 1)
    weight = mlp("kernel", edge, relu) @ p["kernelMatrix.weight"].T + p["kernelMatrix.bias"]
    message = torch.einsum("ei,eio->eo", latent[senders], weight.view(-1, width, width))
    total = torch.zeros_like(latent).index_add(0, receivers, message)
    update = total / near.sum(1).clamp(min=1)[:, None] + p["hop.bias"]
    if config["rootWeight"]:
        update = update + latent @ p["hop.root"].T
    if config["hopNorm"] == "layer":
        norm = p["hop.norm.weight"], p["hop.norm.bias"]
        update = torch.nn.functional.layer_norm(update, [width], *norm)
    latent = activation(update) + (latent if config["residual"] else 0)
    if config["edgeUpdate"] == "decoded":
        decoded = mlp("decoder", latent)
physical = mlp("decoder", latent) * p["normalisation/targetScale"] + p["normalisation/targetMean"]
prediction = physical + offset[len(names) :]
with open(out_path, "w") as out:
    csv.writer(out).writerows([targets, *prediction.tolist()])
