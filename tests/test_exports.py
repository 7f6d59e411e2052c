"""What `import modiste` offers, and what it must not cost."""

from __future__ import annotations

import subprocess
import sys

import modiste

HEAVY = (
    "accelerate",
    "faiss",
    "fastapi",
    "httpx2",
    "huggingface_hub",
    "matplotlib",
    "numpy",
    "onnx",
    "onnxruntime",
    "PIL",
    "polars",
    "psycopg",
    "pydantic",
    "scipy",
    "sklearn",
    "timm",
    "torch",
    "torchvision",
    "transformers",
    "uvicorn",
)


def test_public_names_are_sorted_and_there() -> None:
    assert modiste.__all__ == sorted(modiste.__all__)
    for name in modiste.__all__:
        assert getattr(modiste, name) is not None
    assert set(modiste.__all__) <= set(dir(modiste))


def test_a_public_name_is_the_object_of_its_home() -> None:
    for name, home in modiste._HOME.items():
        value = getattr(modiste, name)
        assert value.__module__.startswith(f"modiste.{home.split('.')[0]}"), name
        assert value.__doc__, f"{name} has no docstring"


def test_filters_is_another_name_of_the_filter() -> None:
    assert modiste.Filters is modiste.Filter


def test_all_is_what_is_loaded_lazily_and_the_version() -> None:
    assert set(modiste.__all__) == {*modiste._HOME, "__version__"}


def test_an_unknown_name_is_an_attribute_error() -> None:
    assert not hasattr(modiste, "no_such_name")


def test_importing_modiste_and_its_command_line_loads_nothing_heavy() -> None:
    code = "import sys, modiste, modiste.cli.main; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "modiste.cli.main" in loaded
    assert not set(HEAVY) & set(loaded)
