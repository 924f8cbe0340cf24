#!/bin/sh
# Fine-tunes {{.Load}} with the original trainer. RU_GPTS names a checkout of https://github.com/ai-forever/ru-gpts.
set -eu
cd "$(dirname "$0")"
: "${RU_GPTS:?RU_GPTS must name a checkout of ai-forever/ru-gpts}"
{{- if .Hosts}}
# DeepSpeed's launcher starts the other machines over ssh and hands them this file's variables.
echo USE_DEEPSPEED=1 >.deepspeed_env
launch() { deepspeed --hostfile hostfile "$@"; }
{{- else}}
export USE_DEEPSPEED=1
launch() { python -m torch.distributed.launch --nproc_per_node={{.GPUs}} "$@"; }
{{- end}}

launch "$RU_GPTS/pretrain_gpt3.py" \
	--train-data-path train.list \
{{- if .Validation}}
	--test-data-path valid.list \
{{- end}}
	--max-files-per-process {{.MaxFilesPerProcess}} \
	--logging-dir logs \
	--load-huggingface {{quote .Load}} \
	--save {{quote .Save}} \
	--tokenizer-path {{quote .Load}} \
	--cache-prefix {{quote .CachePrefix}} \
	--save-interval {{.SaveInterval}} \
	--no-load-optim \
	--finetune \
	--log-interval {{.LogInterval}} \
	--model-parallel-size 1 \
	--num-layers 24 \
	--hidden-size 2048 \
	--num-attention-heads 16 \
	--batch-size {{.BatchSize}} \
	--seq-length {{.SeqLength}} \
	--max-position-embeddings 2048 \
	--train-iters {{.TrainIters}} \
	--distributed-backend nccl \
	--lr {{number .LR}} \
	--warmup {{number .Warmup}} \
	--lr-decay-style {{.LRDecayStyle}} \
	--weight-decay {{number .WeightDecay}} \
	--fp16 \
	--sparse-mode alternating \
{{- if .Checkpointing}}
	--checkpoint-activations \
	--deepspeed-activation-checkpointing \
{{- end}}
	--deepspeed \
	--deepspeed_config deepspeed.json \
	"$@"
