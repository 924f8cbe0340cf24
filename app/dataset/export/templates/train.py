"""Fine-tunes a causal language model on the data beside this script{{if .LoRA}}, by LoRA{{end}}: Transformers, TRL{{if .LoRA}}, PEFT{{end}}.

    pip install -r requirements.txt
    accelerate launch --config_file accelerate.yaml train.py [--model FOLDER_OR_ID] [--max-steps N]
"""

import argparse
import os

import torch
from datasets import load_dataset
{{- if .LoRA}}
from peft import LoraConfig
{{- end}}
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import SFTConfig, SFTTrainer

HERE = os.path.dirname(os.path.abspath(__file__))
# The template of the data set: use it to the letter when the model is used.
BEFORE = {{python .Template.Before}}
SEPARATOR = {{python .Template.Separator}}
AFTER = {{python .Template.After}}
# The token at which the tuned model is to stop; None leaves the tokenizer's own.
END = {{if .End}}{{python .End}}{{else}}None{{end}}
{{- if .Messages}}
TURNS = {
    "system": {{pythonList (index .Turns 0)}},
    "user": {{pythonList (index .Turns 1)}},
    "assistant": {{pythonList (index .Turns 2)}},
}


def frame(example):
    """Makes a prompt of all turns but the last, as the exported text files do. CONTENT stands where None does."""
    *given, last = example["messages"]
    talk = "".join(
        "".join(turn["content"] if part is None else part for part in TURNS[turn["role"]]) for turn in given
    )
    return {"prompt": BEFORE + talk + SEPARATOR, "completion": last["content"] + AFTER}
{{- end}}


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--model", default={{python .TransformersLoad}})
    arguments.add_argument("--output", default={{python .Save}})
    arguments.add_argument("--max-steps", type=int, default=-1)
    arguments.add_argument("--trust-remote-code", action="store_true", help="run the code that comes with the model")
    given = arguments.parse_args()

    tokenizer = AutoTokenizer.from_pretrained(given.model, trust_remote_code=given.trust_remote_code)
    if END is not None:
        if tokenizer.convert_tokens_to_ids(END) in (None, tokenizer.unk_token_id):
            raise SystemExit(f"The tokenizer of {given.model} lacks {END}")
        tokenizer.eos_token = END
    if tokenizer.pad_token is None:
        tokenizer.pad_token = "<pad>" if "<pad>" in tokenizer.get_vocab() else tokenizer.eos_token
    model = AutoModelForCausalLM.from_pretrained(given.model, trust_remote_code=given.trust_remote_code)

    files = {"train": os.path.join(HERE, "..", "jsonl", "train*.jsonl")}
{{- if .Validation}}
    files["validation"] = os.path.join(HERE, "..", "jsonl", "valid*.jsonl")
{{- end}}
    data = load_dataset("json", data_files=files)
{{- if .Messages}}
    data = data.map(frame, remove_columns=["messages"])
{{- end}}

    half = torch.cuda.is_available() and torch.cuda.is_bf16_supported()
    trainer = SFTTrainer(
        model=model,
        processing_class=tokenizer,
        train_dataset=data["train"],
{{- if .Validation}}
        eval_dataset=data["validation"],
{{- end}}
        args=SFTConfig(
            output_dir=os.path.join(HERE, given.output),
            per_device_train_batch_size={{.BatchSize}},
            per_device_eval_batch_size={{.BatchSize}},
            gradient_accumulation_steps={{.Accumulation}},
            num_train_epochs={{number .Epochs}},
            max_steps=given.max_steps,
            learning_rate={{number .LR}},
            lr_scheduler_type={{python .LRDecayStyle}},
{{- if .Warmup}}
            warmup_ratio={{number .Warmup}},
{{- end}}
            weight_decay={{number .WeightDecay}},
            max_length={{.SeqLength}},
            packing=False,
{{- if .Masked}}
            completion_only_loss={{if .CompletionOnly}}True{{else}}False{{end}},
{{- end}}
            gradient_checkpointing={{if .Checkpointing}}True{{else}}False{{end}},
            bf16=half,
            logging_steps={{.LogInterval}},
            save_steps={{.SaveInterval}},
{{- if .Validation}}
            eval_strategy="steps",
            eval_steps={{.SaveInterval}},
{{- end}}
            seed={{.Seed}},
            report_to="none",
        ),
{{- if .LoRA}}
        peft_config=LoraConfig(
            r={{.LoRARank}}, lora_alpha={{.LoRAAlpha}}, lora_dropout={{number .LoRADropout}}, target_modules="all-linear", task_type="CAUSAL_LM"
        ),
{{- end}}
    )
    trainer.train()
    trainer.save_model()


if __name__ == "__main__":
    main()
