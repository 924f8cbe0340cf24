"""Writes transformers.json: what Transformers makes of random scores and of toy models.

    python -m venv venv && venv/bin/pip install torch transformers && venv/bin/python generate.py

Written with torch 2.15.0 and transformers 5.23.0 on a CPU.
"""

import itertools
import json
import pathlib

import torch
from transformers import GenerationConfig, GenerationMixin, LogitsProcessorList, PretrainedConfig, PreTrainedModel
from transformers.generation import logits_process as lp
from transformers.modeling_outputs import CausalLMOutput

ROWS, PHASES = 12, 3
EOS, PAD, TOKENLESS = 3, 5, [10, 11]
INF = float("inf")


def rounded(tensor):
    """Values that survive being written with few digits."""
    return (tensor * 1000).round() / 1000


def distributions(rng):
    """Single rows of scores through processors in generate's order; None stands for -Inf."""
    settings = [
        {"repetition_penalty": 2.0, "no_repeat_ngram_size": 3, "temperature": 1.2, "top_k": 5, "top_p": 0.95},
        {"repetition_penalty": 1.2, "temperature": 0.7, "top_k": 20, "top_p": 0.9},
        {"top_p": 0.5}, {"top_p": 0.97}, {"top_p": 0.0}, {"top_k": 1}, {"top_k": 7},
        {"typical_p": 0.2}, {"typical_p": 0.9}, {"typical_p": 0.99},
        {"temperature": 0.8, "min_p": 0.05}, {"min_p": 1.0},
        {"temperature": 1.5, "top_k": 30, "top_p": 0.8, "min_p": 0.1, "typical_p": 0.7},
        {"bad_words_ids": [[4], [6, 7], [1, 2, 9], [3]], "min_length": 12, "no_repeat_ngram_size": 2},
        {"bad_words_ids": [[8], [2, 2]], "min_length": 5, "no_repeat_ngram_size": 1, "repetition_penalty": 0.5},
    ]
    tails = [[1, 2, 6, 1, 2], [4, 4, 6], [6], [2, 2, 5, 2, 2], [7, 8, 7, 8, 7, 8, 7, 8, 7]]
    kinds = {
        "normal": lambda: rounded(torch.randn(40, generator=rng) * 3),
        "ties": lambda: (torch.randn(40, generator=rng) * 2).round() / 2,
        "flat": lambda: rounded(torch.randn(40, generator=rng) * 0.05),
    }
    cases = []
    for (index, setting), (kind, draw) in itertools.product(enumerate(settings), kinds.items()):
        ids = tails[index % len(tails)]
        scores = draw()
        scores[torch.randperm(40, generator=rng)[:3]] = -INF
        processed = processors(setting)(torch.tensor([ids]), scores[None].clone())[0]
        cases.append({
            "kind": kind, "params": setting, "ids": ids,
            "logits": [None if x == -INF else x for x in scores.tolist()],
            "probs": processed.softmax(-1).tolist(),
        })
    return cases


def processors(s):
    made = LogitsProcessorList()
    if "repetition_penalty" in s:
        made.append(lp.RepetitionPenaltyLogitsProcessor(s["repetition_penalty"]))
    if "no_repeat_ngram_size" in s:
        made.append(lp.NoRepeatNGramLogitsProcessor(s["no_repeat_ngram_size"]))
    if "bad_words_ids" in s:
        made.append(lp.NoBadWordsLogitsProcessor(s["bad_words_ids"], EOS))
    if "min_length" in s:
        made.append(lp.MinLengthLogitsProcessor(s["min_length"], EOS))
    if "temperature" in s:
        made.append(lp.TemperatureLogitsWarper(s["temperature"]))
    if "top_k" in s:
        made.append(lp.TopKLogitsWarper(s["top_k"]))
    if "top_p" in s:
        made.append(lp.TopPLogitsWarper(s["top_p"]))
    if "min_p" in s:
        made.append(lp.MinPLogitsWarper(s["min_p"]))
    if "typical_p" in s:
        made.append(lp.TypicalLogitsWarper(s["typical_p"]))
    return made


class ToyConfig(PretrainedConfig):
    model_type = "toy"


class Toy(PreTrainedModel, GenerationMixin):
    """logits = table[length of the sequence mod PHASES][last token]"""

    config_class = ToyConfig

    def __init__(self, config, table):
        super().__init__(config)
        self.table = torch.nn.Parameter(table, requires_grad=False)

    def prepare_inputs_for_generation(self, input_ids, **kwargs):
        return {"input_ids": input_ids}

    def forward(self, input_ids, **kwargs):
        logits = self.table[input_ids.shape[1] % PHASES][input_ids[:, -1]]
        return CausalLMOutput(logits=logits[:, None, :])


def searches(rng):
    settings = [
        {"num_beams": beams, "early_stopping": early, "length_penalty": penalty, **more}
        for beams, early, penalty in itertools.product([2, 4], [False, True], [0.0, 0.6, 1.0, 2.0])
        for more in [{}, {"repetition_penalty": 2.0, "no_repeat_ngram_size": 2, "min_length": 6}]
    ]
    settings += [
        {"num_beams": 3, "length_penalty": -1.0, "bad_words_ids": [[1], [2, 4]]},
        {"num_beams": 1, "repetition_penalty": 1.5, "no_repeat_ngram_size": 2, "bad_words_ids": [[1], [2, 4]]},
        {"num_beams": 1, "repetition_penalty": 2.0, "no_repeat_ngram_size": 3, "min_length": 8},
    ]
    tables, cases = [], []
    for eos_bias in [-1.0, 1.0, 2.5]:
        table = rounded(torch.randn(PHASES, ROWS, ROWS, generator=rng) * 2)
        table[:, :, EOS] += eos_bias
        tables.append(rounded(table).tolist())
        model = Toy(ToyConfig(vocab_size=ROWS), table)
        for setting in settings:
            for prompt, max_length in [([1], 8), ([2, 0, 7], 14)]:
                out = model.generate(
                    torch.tensor([prompt]),
                    generation_config=GenerationConfig(
                        **setting, max_length=max_length, num_return_sequences=setting["num_beams"], eos_token_id=EOS,
                        pad_token_id=PAD, suppress_tokens=TOKENLESS, use_cache=False, do_sample=False,
                        return_dict_in_generate=True, output_scores=True),
                )
                scores = out.sequences_scores.tolist() if setting["num_beams"] > 1 else []
                cases.append({"table": len(tables) - 1, "params": {**setting, "max_length": max_length},
                              "prompt": prompt, "sequences": out.sequences.tolist(), "scores": scores})
    return tables, cases


def main():
    rng = torch.Generator().manual_seed(20261123)
    rows = distributions(rng)
    tables, cases = searches(rng)
    document = {"eos": EOS, "pad": PAD, "tokenless": TOKENLESS, "distributions": rows, "tables": tables,
                "searches": cases}
    text = json.dumps(document)
    for key in ["{\"kind\"", "{\"table\"", "[[["]:
        text = text.replace(key, "\n" + key)
    pathlib.Path(__file__).with_name("transformers.json").write_text(text + "\n")
    print(len(rows), "distributions,", len(cases), "searches,", len(text), "bytes")


main()
