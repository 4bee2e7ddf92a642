"""The Llama architecture, as small as it goes: RMSNorm, rotary positions, SwiGLU, no biases.

Names and layouts are those of llama.cpp's `llama` architecture, so that export is a copy: rotary
pairs are neighbours (0,1), (2,3), … and the output layer is the embedding again.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from tools.experts.tokens import VOCABULARY_SIZE


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of a model."""

    layers: int = 3
    width: int = 128
    heads: int = 4
    hidden: int = 256
    context: int = 512
    rope_base: float = 100.0  # lines are short: every pair of floats should turn visibly
    epsilon: float = 1e-5

    @property
    def head_width(self) -> int:
        """Floats of one attention head."""
        return self.width // self.heads


class Norm(nn.Module):  # type: ignore[misc,unused-ignore]
    """Root mean square, without a mean and without a bias."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(shape.width))
        self.epsilon = shape.epsilon

    def forward(self, x: Tensor) -> Tensor:
        """Each row to length one, then scaled."""
        return functional.rms_norm(x, self.weight.shape, self.weight, self.epsilon)


class Attention(nn.Module):  # type: ignore[misc,unused-ignore]
    """Causal attention with rotary positions."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.q, self.k, self.v, self.out = (
            nn.Linear(shape.width, shape.width, bias=False) for _ in range(4)
        )

    def forward(self, x: Tensor, rotation: tuple[Tensor, Tensor]) -> Tensor:
        """Every position looks at itself and at what came before."""
        q, k, v = (self._split(layer(x)) for layer in (self.q, self.k, self.v))
        seen = functional.scaled_dot_product_attention(
            rotate(q, rotation), rotate(k, rotation), v, is_causal=True
        )
        return self.out(seen.transpose(1, 2).flatten(2))

    def _split(self, x: Tensor) -> Tensor:
        return x.unflatten(2, (self.shape.heads, self.shape.head_width)).transpose(1, 2)


class Block(nn.Module):  # type: ignore[misc,unused-ignore]
    """Attention, then the gated feed-forward layer, both added to the stream."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.attention_norm = Norm(shape)
        self.attention = Attention(shape)
        self.feed_norm = Norm(shape)
        self.gate = nn.Linear(shape.width, shape.hidden, bias=False)
        self.up = nn.Linear(shape.width, shape.hidden, bias=False)
        self.down = nn.Linear(shape.hidden, shape.width, bias=False)

    def forward(self, x: Tensor, rotation: tuple[Tensor, Tensor]) -> Tensor:
        """One layer of the model."""
        x = x + self.attention(self.attention_norm(x), rotation)
        y = self.feed_norm(x)
        return x + self.down(functional.silu(self.gate(y)) * self.up(y))


class Llama(nn.Module):  # type: ignore[misc,unused-ignore]
    """Tokens in, logits out."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.embedding = nn.Embedding(VOCABULARY_SIZE, shape.width)
        self.blocks = nn.ModuleList(Block(shape) for _ in range(shape.layers))
        self.norm = Norm(shape)
        self._start_small()

    def _start_small(self) -> None:
        for name, weight in self.named_parameters():
            if name.endswith(("out.weight", "down.weight")):
                nn.init.zeros_(weight)  # a block starts by adding nothing
            elif weight.dim() == 2:
                nn.init.normal_(weight, std=0.02 if "embedding" in name else 0.044)

    def hidden(self, tokens: Tensor) -> Tensor:
        """The last layer's output, before the vocabulary."""
        rotation = rotations(self.shape, tokens.shape[1])
        x = self.embedding(tokens)
        for block in self.blocks:
            x = block(x, rotation)
        return self.norm(x)

    def forward(self, tokens: Tensor) -> Tensor:
        """Logits of the next token at every position."""
        return functional.linear(self.hidden(tokens), self.embedding.weight)

    def parameter_count(self) -> int:
        """All trained numbers; the output layer shares those of the embedding."""
        return sum(weight.numel() for weight in self.parameters())


def rotations(shape: Shape, length: int) -> tuple[Tensor, Tensor]:
    """Cosine and sine of every position's angles, (length, head_width / 2)."""
    steps = torch.arange(0, shape.head_width, 2) / shape.head_width
    angles = torch.outer(torch.arange(length), shape.rope_base**-steps)
    return angles.cos(), angles.sin()


def rotate(x: Tensor, rotation: tuple[Tensor, Tensor]) -> Tensor:
    """Turn neighbouring pairs of floats by their position's angle."""
    cosine, sine = rotation
    even, odd = x[..., 0::2], x[..., 1::2]
    turned = torch.stack((even * cosine - odd * sine, even * sine + odd * cosine), dim=-1)
    return turned.flatten(-2)
