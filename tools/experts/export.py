"""A trained model as a GGUF file that llama.cpp serves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import gguf
import numpy as np
from torch import Tensor

from tools.experts import tokens
from tools.experts.model import Block, Llama

_NEVER_MERGED = f"{tokens.vocabulary()[0xFE]} {tokens.vocabulary()[0xFF]}"  # no UTF-8 has them


def write_gguf(model: Llama, path: Path, name: str, description: str) -> None:
    """Everything that llama.cpp must know, in one file."""
    writer = gguf.GGUFWriter(str(path), "llama")
    _say_what_it_is(writer, name, description)
    _say_its_sizes(writer, model)
    _say_its_tokens(writer)
    for tensor_name, weight in _tensors(model):
        _add(writer, tensor_name, weight)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _say_what_it_is(writer: gguf.GGUFWriter, name: str, description: str) -> None:
    writer.add_name(name)
    writer.add_description(description)
    writer.add_license("Apache-2.0")
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)


def _say_its_sizes(writer: gguf.GGUFWriter, model: Llama) -> None:
    shape = model.shape
    writer.add_vocab_size(tokens.VOCABULARY_SIZE)
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_feed_forward_length(shape.hidden)
    writer.add_block_count(shape.layers)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.heads)
    writer.add_rope_dimension_count(shape.head_width)
    writer.add_rope_freq_base(shape.rope_base)
    writer.add_layer_norm_rms_eps(shape.epsilon)


def _say_its_tokens(writer: gguf.GGUFWriter) -> None:
    normal, control, unused = (
        int(kind) for kind in (gguf.TokenType.NORMAL, gguf.TokenType.CONTROL, gguf.TokenType.UNUSED)
    )
    marks = len(tokens.MARKS)
    rest = tokens.VOCABULARY_SIZE - 256 - marks
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens.vocabulary())
    writer.add_token_types([normal] * 256 + [control] * marks + [unused] * rest)
    writer.add_token_merges([_NEVER_MERGED])  # llama.cpp wants a list, GGUF no empty one
    writer.add_bos_token_id(tokens.BEGIN)
    writer.add_eos_token_id(tokens.END)
    writer.add_eot_token_id(tokens.END)
    writer.add_pad_token_id(tokens.END)
    writer.add_add_bos_token(True)
    writer.add_chat_template(tokens.CHAT_TEMPLATE)


def _tensors(model: Llama) -> Iterator[tuple[str, Tensor]]:
    yield "token_embd.weight", model.embedding.weight
    yield "output_norm.weight", model.norm.weight
    for index, block in enumerate(model.blocks):
        assert isinstance(block, Block)
        for name, weight in _block_tensors(block):
            yield f"blk.{index}.{name}.weight", weight


def _block_tensors(block: Block) -> Iterator[tuple[str, Tensor]]:
    attention = block.attention
    yield "attn_norm", block.attention_norm.weight
    yield "attn_q", attention.q.weight
    yield "attn_k", attention.k.weight
    yield "attn_v", attention.v.weight
    yield "attn_output", attention.out.weight
    yield "ffn_norm", block.feed_norm.weight
    yield "ffn_gate", block.gate.weight
    yield "ffn_up", block.up.weight
    yield "ffn_down", block.down.weight


def _add(writer: gguf.GGUFWriter, name: str, weight: Tensor) -> None:
    values = weight.detach().float().numpy().astype(np.float32)
    if values.ndim == 1:
        writer.add_tensor(name, values)
        return
    kind = gguf.GGMLQuantizationType.Q8_0
    writer.add_tensor(name, gguf.quants.quantize(values, kind), raw_dtype=kind)
