"""One transformer layer of which only the query tokens are read."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def keys_and_values(layer: nn.TransformerEncoderLayer, tokens: Tensor) -> Tensor:
    """(..., H) tokens to the (..., 2 H) keys and values by which others see them."""
    width, attention = tokens.shape[-1], layer.self_attn
    weight, bias = attention.in_proj_weight[width:], attention.in_proj_bias[width:]
    return F.linear(layer.norm1(tokens), weight, bias)


def attend_from_queries(
    layer: nn.TransformerEncoderLayer, queries: Tensor, which: Tensor, tokens: Tensor, seen: Tensor
) -> Tensor:
    """What a pre-norm layer makes of a query token that sees itself and some tokens; no dropout.

    The layer run over the sequence [query, tokens] gives the same at the query's place; but here
    the tokens are not carried on, keys and values are made once for all the questions of a
    sequence, and the queries, of which there are few kinds, once for all sequences.

    Args:
        layer: with `norm_first` and `batch_first`.
        queries: (C, H) the kinds of query tokens.
        which: (B, Q) int64 the kind of each question.
        tokens: (B, N, 2 H) the tokens' `keys_and_values`.
        seen: (B, Q, N) bool, the tokens that each question sees.

    Returns:
        (B, Q, H).
    """
    (batch, asked), length = which.shape, tokens.shape[1]
    attention = layer.self_attn
    heads, width = attention.num_heads, queries.shape[-1]
    made = F.linear(layer.norm1(queries), attention.in_proj_weight, attention.in_proj_bias)
    q, own_k, own_v = made.view(-1, 3, heads, width // heads).unbind(dim=1)  # (C, heads, d)
    k, v = tokens.view(batch, length, 2, heads, width // heads).unbind(dim=2)  # (B, N, heads, d)
    q = q * (width // heads) ** -0.5
    asking = F.embedding(which, q.flatten(1)).view(batch, asked, heads, width // heads)
    towards = torch.einsum("bqhd,bnhd->bqhn", asking, k)
    towards = towards.masked_fill(~seen.unsqueeze(2), -torch.inf)  # (B, Q, heads, N)
    itself = F.embedding(which, (q * own_k).sum(dim=-1)).unsqueeze(-1)  # (B, Q, heads, 1)
    share = torch.cat([itself, towards], dim=-1).softmax(dim=-1)
    own = F.embedding(which, own_v.flatten(1)).view(asking.shape)
    mixed = torch.einsum("bqhn,bnhd->bqhd", share[..., 1:], v) + share[..., :1] * own
    hidden = F.embedding(which, queries) + attention.out_proj(mixed.reshape(batch, asked, width))
    inner = layer.activation(layer.linear1(layer.norm2(hidden)))
    result: Tensor = hidden + layer.linear2(inner)
    return result
