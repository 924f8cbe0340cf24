"""Writes the checkpoints beside this script: one tiny network, saved in the ways people's files come.

Run with torch, numpy and safetensors installed: python make.py
The tests know the formula of `values` and compare every element.
"""

import argparse
import collections
import json
import os
import random

import numpy
import torch
from safetensors.torch import save_file

LAYERS, HIDDEN, POSITIONS, VOCAB = 2, 6, 5, 11


def values(name, *shape):
    """Element i is ((7 i + 13 len(name)) mod 251 - 125) / 64: exact in float16 and in bfloat16."""
    n = int(numpy.prod(shape))
    flat = [((7 * i + 13 * len(name)) % 251 - 125) / 64 for i in range(n)]
    return torch.tensor(flat, dtype=torch.float32).reshape(shape)


def network():
    d = HIDDEN
    tensors = collections.OrderedDict()

    def add(name, *shape):
        tensors[name] = values(name, *shape)

    def pair(name, *shape):
        add(name + ".weight", *shape)
        add(name + ".bias", shape[0])

    add("word_embeddings.weight", VOCAB, d)
    add("position_embeddings.weight", POSITIONS, d)
    for i in range(LAYERS):
        at = f"transformer.layers.{i}."
        pair(at + "input_layernorm", d)
        pair(at + "attention.query_key_value", 3 * d, d)
        pair(at + "attention.dense", d, d)
        pair(at + "post_attention_layernorm", d)
        pair(at + "mlp.dense_h_to_4h", 4 * d, d)
        pair(at + "mlp.dense_4h_to_h", d, 4 * d)
    pair("transformer.final_layernorm", d)
    return tensors


def prefixed(tensors, dtype, prefix="module."):
    return collections.OrderedDict((prefix + k, v.to(dtype)) for k, v in tensors.items())


def fine_tuned(tensors):
    """What the original training script saves: the weights, with a state_dict's version numbers, and its own state."""
    module = prefixed(tensors, torch.float16)
    module._metadata = collections.OrderedDict([("", {"version": 1}), ("transformer", {"version": 1})])
    random.seed(1)
    numpy.random.seed(1)
    return {
        "iteration": 7,
        "module": module,
        "optimizer": {
            "dynamic_loss_scale": True,
            "cur_scale": 2.0**16,
            "optimizer_state_dict": {
                "state": {0: {"step": 7, "exp_avg": torch.ones(3, 2), "exp_avg_sq": torch.zeros(3, 2).double()}},
                "param_groups": [{"lr": 1e-4, "betas": (0.9, 0.95), "params": [0]}],
            },
            "fp32_groups_flat": [torch.arange(9.0), torch.arange(12).reshape(3, 4).t()],
        },
        "lr_scheduler": {"num_iters": 7, "decay_style": "cosine", "end_iter": 2**40},
        "csr_tensor_module_names": set(),
        "args": argparse.Namespace(hidden_size=HIDDEN, fp16=True, save="путь", seq_length=POSITIONS),
        "random_rng_state": random.getstate(),
        "np_rng_state": numpy.random.get_state(),
        "torch_rng_state": torch.get_rng_state(),
        "loss": numpy.float64(2.5),
    }


def flat_views(tensors):
    """DeepSpeed's ZeRO keeps the parameters as views into one flat buffer."""
    flat = torch.cat([v.flatten() for v in tensors.values()]).half()
    views, at = collections.OrderedDict(), 0
    for name, v in tensors.items():
        views["module." + name] = flat[at : at + v.numel()].view(v.shape)
        at += v.numel()
    return {"module": views}


def ported(tensors):
    """The names of the Transformers port, with the output head as a copy."""
    out = {}
    for name, v in tensors.items():
        name = name.replace("transformer.final_layernorm", "model.norm").replace("transformer.layers", "model.layers")
        name = name.replace("word_embeddings", "model.embed_tokens")
        name = name.replace("position_embeddings", "model.embed_positions")
        name = name.replace("attention.dense", "self_attn.o_proj")
        name = name.replace("dense_h_to_4h", "up_proj").replace("dense_4h_to_h", "down_proj")
        if "query_key_value" in name:
            for part, piece in zip("qkv", v.chunk(3)):
                out[name.replace("attention.query_key_value", f"self_attn.{part}_proj")] = piece.clone()
        else:
            out[name] = v
    out["lm_head.weight"] = out["model.embed_tokens.weight"].clone()
    return out


def main():
    os.chdir(os.path.dirname(os.path.abspath(__file__)))
    tensors = network()
    new, old = {}, {"_use_new_zipfile_serialization": False}
    torch.save(fine_tuned(tensors), "fine_tuned_zip.pt", **new)
    torch.save(fine_tuned(tensors), "fine_tuned_legacy.pt", **old)
    torch.save(fine_tuned(tensors), "protocol4_zip.pt", pickle_protocol=4)
    torch.save(flat_views(tensors), "views_zip.pt", **new)
    torch.save(flat_views(tensors), "views_legacy.pt", **old)
    torch.save(prefixed(tensors, torch.bfloat16, ""), "plain_bfloat16_zip.pt", **new)
    torch.save({"module": prefixed(tensors, torch.float32, "module.module.")}, "float32_legacy.pt", **old)

    port = ported(tensors)
    half = {k: v.half() for k, v in port.items()}
    save_file(half, "port.safetensors", metadata={"format": "pt"})
    save_file({k: v.bfloat16() for k, v in port.items()}, "port_bfloat16.safetensors")
    save_file(port, "port_float32.safetensors")
    save_file({**half, "lm_head.weight": half["lm_head.weight"] + 1}, "untied.safetensors")

    os.makedirs("sharded", exist_ok=True)
    names = sorted(half)
    shards = {
        "model-00001-of-00002.safetensors": names[: len(names) // 2],
        "model-00002-of-00002.safetensors": names[len(names) // 2 :],
    }
    for shard, held in shards.items():
        save_file({k: half[k] for k in held}, os.path.join("sharded", shard))
    index = {
        "metadata": {"total_size": sum(2 * v.numel() for v in half.values())},
        "weight_map": {k: shard for shard, held in shards.items() for k in held},
    }
    with open("sharded/model.safetensors.index.json", "w") as f:
        json.dump(index, f, indent=1)


main()
