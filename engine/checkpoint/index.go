package checkpoint

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
)

// indexSuffix ends the name of an index of shards, after the name that the whole would have as one file.
const indexSuffix = ".index.json"

// readIndex reads model.safetensors.index.json or pytorch_model.bin.index.json, which map each tensor's name to the shard
// that holds it, and lists the tensors of all shards. Shards are files beside the index.
func (f *File) readIndex(data []byte) ([]Tensor, error) {
	if len(data) > maxJSON {
		return nil, damaged("the index has %d bytes, more than the limit of %d", len(data), maxJSON)
	}
	shardOf := map[string]string{}
	err := eachMember(data, func(key string, d *json.Decoder) error {
		if key != "weight_map" {
			return skipValue(d)
		}
		return eachField(d, func(name string) error {
			shard, err := readString(d)
			if err == nil && len(shardOf) == maxTensors {
				err = damaged("the index lists more than %d tensors", maxTensors)
			}
			shardOf[name] = shard
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	var tensors []Tensor
	shards := make([]string, 0, len(shardOf))
	for _, shard := range shardOf {
		shards = append(shards, shard)
	}
	slices.Sort(shards)
	for _, shard := range slices.Compact(shards) {
		held, err := f.readShard(shard, shardOf)
		if err != nil {
			return nil, err
		}
		tensors = append(tensors, held...)
	}
	if len(tensors) != len(shardOf) {
		return nil, damaged("the index lists %d tensors, the shards hold %d of them", len(shardOf), len(tensors))
	}
	return tensors, nil
}

// readShard maps one shard and checks that the index puts exactly its tensors there. A shard has the format that the
// index's own name tells.
func (f *File) readShard(shard string, shardOf map[string]string) ([]Tensor, error) {
	format := filepath.Ext(strings.TrimSuffix(f.name, indexSuffix))
	if filepath.Ext(shard) != format || strings.ContainsAny(shard, "/\\:\x00") || len(shard) > maxRecordName {
		return nil, damaged("the index refers to the shard %.80q, which is no file name for a shard", shard)
	}
	path := filepath.Join(filepath.Dir(f.name), shard)
	data, err := f.mapFile(path)
	if err != nil {
		return nil, inFile(path, err)
	}
	tensors, err := f.readShardAs(format, data)
	for i := 0; err == nil && i < len(tensors); i++ {
		if name := tensors[i].Name; shardOf[name] != shard {
			err = damaged("the index does not list tensor %q for this shard", name)
		}
	}
	return tensors, inFile(path, err)
}

func (f *File) readShardAs(format string, data []byte) ([]Tensor, error) {
	if format == ".safetensors" {
		return readSafetensors(data)
	}
	tensors, records, ok, err := readTorch(data)
	if !ok {
		return nil, fault(ErrUnknownFormat, "the shard is no torch checkpoint%s", guess(data))
	}
	f.records = append(f.records, records...)
	return tensors, err
}
