"""Writes the small models beside this script with the tools that people's files come from, and what these tools compute.

    python -m venv venv && venv/bin/pip install torch==2.15.0 transformers==4.57.6 gguf==0.19.0 safetensors==0.8.0
    venv/bin/pip install --no-deps --target old transformers==4.26.1 tokenizers==0.13.3 huggingface_hub==0.23.5
    venv/bin/python make.py && PYTHONPATH=old venv/bin/python make.py old

Transformers 5 writes safetensors alone, hence 4.57; 4.26 is the last series that saves the attention's masks too.

    venv/bin/python make.py demo FOLDER

writes the demonstration model as GGUF files and their reference logits into FOLDER, too large to keep here.
"""

import base64
import functools
import json
import pathlib
import shutil
import sys

import numpy
import torch
from transformers import GPT2Config, GPT2LMHeadModel, GPT2Model, GPT2Tokenizer

HERE = pathlib.Path(__file__).parent
DEMO = HERE.parents[2] / "assets" / "demo"
GOLDEN = HERE.parent / "golden" / "golden.json"
LAYERS, HIDDEN, HEADS, POSITIONS, ROWS = 2, 32, 4, 160, 288
SPECIALS = ["<pad>", "<|endoftext|>", "<s>", "</s>"]
TEXT = "Однажды вечером, когда я возвращался домой, мне встретился старый знакомый.\n— Скажите, доктор, — спросила она.\n"
SPARSE = {"block_size": 16, "num_local_blocks": 8, "num_global_blocks": 1, "num_global_patterns": 8}
QUANTISED = ["Q8_0", "Q4_0"]


def network():
    """The weights by Transformers' names, float32 values that float16 and bfloat16 hold exactly."""
    config = GPT2Config(
        n_layer=LAYERS, n_embd=HIDDEN, n_head=HEADS, n_positions=POSITIONS, vocab_size=ROWS, bos_token_id=2, eos_token_id=1
    )
    model = GPT2LMHeadModel(config).eval()
    torch.manual_seed(1)
    with torch.no_grad():
        for name, p in model.named_parameters():
            if ".ln_" in name and name.endswith("weight"):
                p.copy_(1 + 0.1 * torch.randn(p.shape))
            elif name.endswith("bias"):
                p.normal_(0, 0.05)
            else:
                p.normal_(0, 1.5 / HIDDEN**0.5)
            p.copy_(p.bfloat16().float())
            p[p.abs() < 2**-14] = 0
    return model


# Files of Transformers and torch.


def save_gpt2(model):
    legacy = functools.partial(torch.save, _use_new_zipfile_serialization=False)
    model.save_pretrained(HERE / "safetensors")
    model.half()
    model.save_pretrained(HERE / "torch", safe_serialization=False)
    model.save_pretrained(HERE / "torch_legacy", safe_serialization=False, save_function=legacy)
    model.save_pretrained(HERE / "torch_sharded", safe_serialization=False, max_shard_size="40KB")
    model.bfloat16()
    model.save_pretrained(HERE / "safetensors_sharded", max_shard_size="40KB")
    model.float()
    train_tokenizer()
    for folder in ["safetensors", "torch", "torch_legacy", "torch_sharded", "safetensors_sharded"]:
        (HERE / folder / "generation_config.json").unlink()


def train_tokenizer():
    from tokenizers import ByteLevelBPETokenizer

    t = ByteLevelBPETokenizer()
    t.train_from_iterator([TEXT], vocab_size=280, min_frequency=1, special_tokens=SPECIALS)
    t.save_model(str(HERE))


def save_old():
    """A GPT2Model without a head: names without "transformer.", and masks beside the weights."""
    model = GPT2Model.from_pretrained(HERE / "torch").half()
    assert "h.0.attn.bias" in model.state_dict(), "this is not the old series"
    model.save_pretrained(HERE / "torch_old")
    shutil.copy(HERE / "torch" / "config.json", HERE / "torch_old")


# GGUF.


def tokens_of(folder, rows):
    """The vocabulary by id as llama.cpp's converter lists it, with fillers for rows that have no token."""
    import gguf

    by_id = {i: token for token, i in json.loads((folder / "vocab.json").read_text()).items()}
    tokens = [by_id.get(i, f"[PAD{i}]") for i in range(rows)]
    kind = gguf.TokenType
    types = [kind.UNUSED if i not in by_id else kind.CONTROL if t in SPECIALS else kind.NORMAL for i, t in enumerate(tokens)]
    return tokens, types


def write_gguf(path, arch, quantisation, tensors, config, folder):
    """tensors are [out, in], by gguf's own names."""
    import gguf

    w = gguf.GGUFWriter(path, arch)
    w.add_name(path.stem)
    w.add_context_length(config["positions"])
    w.add_embedding_length(config["hidden"])
    w.add_block_count(config["layers"])
    w.add_feed_forward_length(4 * config["hidden"])
    w.add_head_count(config["heads"])
    w.add_layer_norm_eps(1e-5)
    if arch == "rugpt3xl":
        for key, value in SPARSE.items():
            w.add_uint32(f"rugpt3xl.attention.sparse_{key}", value)
    tokens, types = tokens_of(folder, config["rows"])
    w.add_tokenizer_model("gpt2")
    w.add_tokenizer_pre("gpt-2")
    w.add_token_list(tokens)
    w.add_token_types(types)
    vocab = gguf.SpecialVocab(folder, load_merges=True, special_token_types=[])
    vocab.special_token_ids = {"bos": 2, "eos": 1, "pad": 0}
    vocab.add_to_gguf(w, quiet=True)
    qtype = gguf.GGMLQuantizationType[quantisation]
    values = {}
    for name, tensor in tensors.items():
        data = tensor.float().contiguous().numpy()
        # As llama.cpp's converter does: what is small stays float32.
        if data.ndim == 1 or name == "position_embd.weight":
            w.add_tensor(name, data)
            values[name] = torch.from_numpy(data)
            continue
        packed = data.astype(numpy.float16) if quantisation == "F16" else data
        if quantisation in QUANTISED:
            packed = gguf.quants.quantize(data, qtype)
        w.add_tensor(name, packed, raw_dtype=qtype)
        unpacked = gguf.quants.dequantize(packed, qtype) if quantisation in QUANTISED else packed.astype(numpy.float32)
        values[name] = torch.from_numpy(unpacked)
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()
    return values


def gguf_names(state, layers):
    """A GPT2LMHeadModel's tensors by gguf's names, Conv1D weights as [out, in]."""
    import gguf

    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.GPT2, layers)
    out = {}
    for name, tensor in state.items():
        if name == "lm_head.weight":  # the word embedding
            continue
        conv = name.endswith((".c_attn.weight", ".c_proj.weight", ".c_fc.weight"))
        out[names.get_name(name, try_suffixes=(".weight", ".bias"))] = tensor.T if conv else tensor
    return out


def demo_names(module, layers):
    """The original checkpoint's tensors by gguf's names."""
    renamed = {"word_embeddings": "token_embd", "position_embeddings": "position_embd", "transformer.final_layernorm": "output_norm"}
    for i in range(layers):
        for old, new in {
            "input_layernorm": "attn_norm", "attention.query_key_value": "attn_qkv", "attention.dense": "attn_output",
            "post_attention_layernorm": "ffn_norm", "mlp.dense_h_to_4h": "ffn_up", "mlp.dense_4h_to_h": "ffn_down",
        }.items():  # fmt: skip
            renamed[f"transformer.layers.{i}.{old}"] = f"blk.{i}.{new}"
    out = {}
    for name, tensor in module.items():
        stem, kind = name.removeprefix("module.").rsplit(".", 1)
        out[f"{renamed[stem]}.{kind}"] = tensor
    return out


def write_blocks(path):
    """Random blocks of each quantised format, and their elements."""
    import gguf

    rng = numpy.random.default_rng(3)
    out = {}
    for name, scale in {"Q8_0": 0, "Q4_0": 0, "Q6_K": 208}.items():
        qtype = gguf.GGMLQuantizationType[name]
        elements, size = gguf.GGML_QUANT_SIZES[qtype]
        raw = rng.integers(0, 256, (512 // elements, size), dtype=numpy.uint8)
        raw[:, scale : scale + 2] = rng.normal(0, 0.1, (len(raw), 1)).astype(numpy.float16).view(numpy.uint8)
        values = gguf.quants.dequantize(raw.reshape(-1), qtype)
        out[name] = {"blocks": base64.b64encode(raw.tobytes()).decode(), "values": [float(v) for v in values]}
    path.write_text(json.dumps(out) + "\n")


# References.


def allowed(n, head):
    """Which keys each of n queries may read in a sparse layer: [n, n]."""
    q, k = torch.arange(n)[:, None] // 16, torch.arange(n)[None, :] // 16
    pattern = (q // 8 == k // 8) | (k % 8 == 7 - head % 8)
    return pattern & (torch.arange(n)[None, :] <= torch.arange(n)[:, None])


@torch.no_grad()
def forward(w, ids, heads, sparse):
    """Logits [n, rows] of the network in float32; w by gguf's names, linear weights [out, in]."""
    f = torch.nn.functional
    n, hidden = len(ids), w["token_embd.weight"].shape[1]
    norm = lambda x, name: f.layer_norm(x, (hidden,), w[name + ".weight"], w[name + ".bias"], 1e-5)
    linear = lambda x, name: f.linear(x, w[name + ".weight"], w[name + ".bias"])
    x = w["token_embd.weight"][ids] + w["position_embd.weight"][:n]
    causal = torch.ones(n, n, dtype=torch.bool).tril().expand(heads, n, n)
    fixed = torch.stack([allowed(n, h) for h in range(heads)])
    i = 0
    while f"blk.{i}.attn_qkv.weight" in w:
        at = f"blk.{i}."
        q, k, v = (t.view(n, heads, -1).transpose(0, 1) for t in linear(norm(x, at + "attn_norm"), at + "attn_qkv").chunk(3, -1))
        scores = q @ k.transpose(1, 2) / q.shape[-1] ** 0.5
        scores = scores.masked_fill(~(fixed if sparse and i % 2 == 0 else causal), -torch.inf)
        mixed = (scores.softmax(-1) @ v).transpose(0, 1).reshape(n, hidden)
        x = x + linear(mixed, at + "attn_output")
        x = x + linear(f.gelu(linear(norm(x, at + "ffn_norm"), at + "ffn_up"), approximate="tanh"), at + "ffn_down")
        i += 1
    return norm(x, "output_norm") @ w["token_embd.weight"].T


def summary(ids, logits):
    """One case in the form of ../golden/golden.json."""
    last = logits[-1]
    top = last.topk(10)
    nll = -logits.log_softmax(-1)[torch.arange(len(ids) - 1), ids[1:]]
    short = lambda values: [float(f"{v:.7g}") for v in values]
    return {
        "ids": ids, "last_top10_ids": top.indices.tolist(), "last_top10_logits": short(top.values),
        "last_l2": float(last.norm()), "nll_sum": float(nll.sum()), "last_mean": float(last.mean()),
        "last_logits_first256": short(last[:256]),
    }  # fmt: skip


def check(cases, w, heads, sparse, name):
    """forward against a reference computed by somebody else's program."""
    for c in cases:
        got = summary(c["ids"], forward(w, c["ids"], heads, sparse))
        a, b = (torch.tensor(x["last_logits_first256"]) for x in (got, c))
        assert (a - b).abs().max() < 2e-4 * b.abs().max(), f"{name}: forward is off by {(a - b).abs().max()}"


def demo_tensors():
    module = torch.load(DEMO / "mp_rank_00_model_states.pt", weights_only=True)["module"]
    return demo_names(module, 12)


def main():
    model = network()
    state = model.state_dict()
    save_gpt2(model)
    rng = numpy.random.default_rng(2)
    inputs = [[int(i) for i in rng.integers(4, 280, n)] for n in (1, 17, 150)]
    with torch.no_grad():
        reference = {"dense": [summary(ids, model(torch.tensor([ids])).logits[0]) for ids in inputs]}
    tensors = gguf_names(state, LAYERS)
    demo = {name: t.float() for name, t in demo_tensors().items()}
    check(json.loads(GOLDEN.read_text())["logits"][:7], demo, 8, True, "the demonstration model")
    check(reference["dense"], {n: t.float() for n, t in tensors.items()}, HEADS, False, "Transformers' GPT-2")

    config = {"layers": LAYERS, "hidden": HIDDEN, "heads": HEADS, "positions": POSITIONS, "rows": ROWS}
    for arch, kind in {"gpt2": "dense", "rugpt3xl": "sparse"}.items():
        for quantisation in ["F32", "F16", *QUANTISED]:
            values = write_gguf(HERE / f"{arch}-{quantisation}.gguf", arch, quantisation, tensors, config, HERE)
            key = f"{kind}_{quantisation}" if quantisation in QUANTISED else kind
            if key not in reference:
                reference[key] = [summary(ids, forward(values, ids, HEADS, kind == "sparse")) for ids in inputs]
    write_blocks(HERE / "blocks.json")
    tokenizer = GPT2Tokenizer(HERE / "vocab.json", HERE / "merges.txt", pad_token="<pad>", bos_token="<s>", eos_token="</s>")
    texts = [TEXT, "Ёж шёл домой,  домой…\n", "<s>Москва<|endoftext|>", "№ 42 hello"]
    reference["tokenize"] = [{"text": t, "ids": tokenizer(t)["input_ids"], "decoded": t} for t in texts]
    tokenizer.add_tokens(["<|кто|>"], special_tokens=True)
    tokenizer.add_tokens(["доктор", "доктора"])
    tokenizer.save_pretrained(HERE / "added")
    for name in ["vocab.json", "merges.txt", "special_tokens_map.json"]:
        (HERE / "added" / name).unlink()
    texts = ["<|кто|> доктор", "доктора доктор", "<s>Ёж<|endoftext|>"]
    reference["tokenize_added"] = [{"text": t, "ids": tokenizer(t)["input_ids"], "decoded": t} for t in texts]
    (HERE / "reference.json").write_text(json.dumps(reference, ensure_ascii=False) + "\n")


def write_demo(folder):
    folder.mkdir(parents=True, exist_ok=True)
    tensors = demo_tensors()
    inputs = [c["ids"] for c in json.loads(GOLDEN.read_text())["logits"] if len(c["ids"]) in (1, 129, 2048)]
    config = {"layers": 12, "hidden": 256, "heads": 8, "positions": 2048, "rows": 8192}
    reference = {}
    for arch in ["gpt2", "rugpt3xl"]:
        for quantisation in ["F32", "F16", *QUANTISED]:
            values = write_gguf(folder / f"{arch}-{quantisation}.gguf", arch, quantisation, tensors, config, DEMO)
            reference[f"{arch}-{quantisation}"] = [summary(ids, forward(values, ids, 8, arch == "rugpt3xl")) for ids in inputs]
    (folder / "reference.json").write_text(json.dumps(reference) + "\n")


if __name__ == "__main__":
    match sys.argv[1:]:
        case []:
            main()
        case ["old"]:
            save_old()
        case ["demo", folder]:
            write_demo(pathlib.Path(folder))
        case _:
            sys.exit(__doc__)
