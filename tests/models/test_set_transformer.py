"""The short way through a transformer layer against the long one."""

import torch

from modiste.models.set_transformer import OneLayer, SetTransformer, SetTransformerConfig


@torch.no_grad()
def test_a_query_sees_what_the_whole_layer_would_show_it() -> None:
    torch.manual_seed(0)
    config = SetTransformerConfig(block_dims=(8,), categories=3, item_dim=16, heads=4)
    model = SetTransformer(config).eval()
    model.correct.reset_parameters()  # it starts at zero
    values, category = torch.randn(5, 4, 16), torch.randint(0, 4, (5, 4))
    want, worn = torch.randint(0, 4, (5, 2)), torch.rand(5, 2, 4) > 0.4
    worn[0] = False  # a question about nothing
    short = OneLayer(model)
    seen, tokens = short.seen(values, category), model.tokens(values, category)
    attended, found = short.attended(seen, worn, want), short.wanted(values, seen, worn, want)
    for outfit in range(5):
        for question in range(2):
            asked, among = want[outfit, question], worn[outfit, question]
            sequence = torch.cat([model.query(asked)[None], tokens[outfit, among]])[None]
            whole = model.attend(sequence)[0, 0]
            torch.testing.assert_close(attended[outfit, question], whole)
            total = values[outfit, among].sum(dim=0) / among.sum().clamp(min=1).sqrt()
            expected = total * model.gate(asked) + model.correct(whole)
            torch.testing.assert_close(found[outfit, question], expected)
