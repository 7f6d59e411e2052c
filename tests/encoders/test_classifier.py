"""The classifier: a backbone whose first tensors stay, a head of a code, the categories."""

from __future__ import annotations

import pytest
import torch

from modiste.encoders.classifier import Classifier, ClassifierConfig
from modiste.errors import Misuse, UnknownName

SETTINGS = {"backbone": "resnet18?weights=random", "size": 32, "categories": ("a", "b")}


@pytest.fixture(scope="module")
def network() -> Classifier:
    torch.manual_seed(0)
    return Classifier(ClassifierConfig(**SETTINGS))


def test_the_first_25_tensors_of_a_resnet18_stay_and_the_others_learn(network: Classifier) -> None:
    names = [name for name, _ in network.embedder[0].named_parameters()]
    assert names[24] == "layer2.1.conv1.weight"
    before = {name: p.detach().clone() for name, p in network.named_parameters()}
    learning = [p for p in network.parameters() if p.requires_grad]
    optimizer = torch.optim.SGD(learning, lr=0.1, momentum=0.9)
    picture, label = torch.randn((4, 3, 32, 32)), torch.tensor([0, 1, 0, 1])
    network.train()
    for _ in range(2):
        optimizer.zero_grad()
        network.loss(picture, label).backward()
        optimizer.step()
    same = [torch.equal(p, before[name]) for name, p in network.named_parameters()]
    assert same == [True] * 25 + [False] * (len(same) - 25)


def test_the_code_is_128_wide_and_the_head_is_linear(network: Classifier) -> None:
    assert network.embedder[1].weight.shape == (128, 512)
    assert network.telling.weight.shape == (2, 128)
    network.eval()
    picture = torch.randn((2, 3, 32, 32))
    code = network.embedder(picture)
    torch.testing.assert_close(network(picture), network.telling(code))


def test_the_loss_falls_on_sixteen_pictures(network: Classifier) -> None:
    torch.manual_seed(1)
    label = torch.arange(16) % 2
    picture = torch.randn((16, 3, 32, 32)) + (2.0 * label - 1)[:, None, None, None]
    optimizer = torch.optim.SGD(network.parameters(), lr=0.01, momentum=0.9)
    network.train()
    losses = []
    for _ in range(8):
        optimizer.zero_grad()
        loss = network.loss(picture, label)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.3 * losses[0]


def test_a_backbone_that_does_not_exist_is_named() -> None:
    with pytest.raises(UnknownName, match="resnet81"):
        Classifier(ClassifierConfig(**{**SETTINGS, "backbone": "resnet81"}))


def test_a_backbone_of_an_open_clip_model_is_refused() -> None:
    with pytest.raises(Misuse, match="clip:ViT"):
        ClassifierConfig(**{**SETTINGS, "backbone": "clip:ViT-B-32/openai"})


def test_a_file_of_weights_that_is_not_there_is_one_sentence() -> None:
    with pytest.raises(Misuse, match="nowhere.safetensors.*no such file"):
        Classifier(
            ClassifierConfig(**{**SETTINGS, "backbone": "resnet18?weights=nowhere.safetensors"})
        )


def test_a_backbone_takes_only_pictures_of_its_size() -> None:
    tiny = {"backbone": "vit_tiny_patch16_224?weights=random", "size": 32}
    with pytest.raises(Misuse, match="no pictures of 32 pixels"):
        Classifier(ClassifierConfig(**{**SETTINGS, **tiny}))
