"""The short way through a transformer layer against the long one."""

import torch
from torch import nn

from modiste.models.query_attention import attend_from_queries, keys_and_values


def test_a_query_sees_what_the_whole_layer_would_show_it() -> None:
    torch.manual_seed(0)
    layer = nn.TransformerEncoderLayer(
        16, 4, 32, 0.1, "gelu", batch_first=True, norm_first=True
    ).eval()
    queries, tokens = torch.randn(3, 16), torch.randn(5, 4, 16)
    which = torch.randint(0, 3, (5, 2))
    seen = torch.rand(5, 2, 4) > 0.4
    seen[0] = False  # a question about nothing
    found = attend_from_queries(layer, queries, which, keys_and_values(layer, tokens), seen)
    for outfit in range(5):
        for question in range(2):
            query = queries[which[outfit, question]]
            sequence = torch.cat([query[None], tokens[outfit, seen[outfit, question]]])[None]
            torch.testing.assert_close(found[outfit, question], layer(sequence)[0, 0])
