"""Write the weights small: half floats for networks, eight bits for letters and examples."""

import hashlib
import json
from pathlib import Path

import numpy as np

from sebaya_cli.labelled_texts import LabelledText
from sebaya_escalation.screen.meaning import examples, heads
from sebaya_escalation.screen.meaning.networks import Numbers
from sebaya_escalation.screen.model import Level
from training.features import Features
from training.scorer import Scorer

PACKAGE = Path(heads.__file__).parent
EXAMPLES_A_KIND = 30  # of each language
# A reason is read at a glance.
EXAMPLE_WORDS = range(4, 19)


def choose_examples(texts: list[LabelledText]) -> dict[str, int]:
    """Choose the examples that ship: their ids, and their places among the texts.

    One of each family, red or above, families in the order of their hashes.
    """
    numbers: dict[str, int] = {}
    chosen: dict[tuple[str, str], dict[str, tuple[str, int]]] = {}
    for at, text in enumerate(texts):
        family = f"{text.lang}/{text.kind}/{text.family}"
        numbers[family] = numbers.get(family, 0) + 1
        fits = text.level >= Level.RED and len(text.text.split()) in EXAMPLE_WORDS
        if fits and text.kind in heads.KINDS:
            named = f"{family}/{numbers[family]}", at
            chosen.setdefault((text.lang, text.kind), {}).setdefault(family, named)
    return {
        name: at
        for _, families in sorted(chosen.items())
        for name, at in sorted(families.values(), key=_hash_name)[:EXAMPLES_A_KIND]
    }


def _hash_name(named: tuple[str, int]) -> str:
    return hashlib.sha256(named[0].encode()).hexdigest()


def write_weights(
    scorer: Scorer,
    combination: Numbers,
    thresholds: list[float],
    features: Features,
    texts: list[LabelledText],
) -> str:
    """Write weights and examples into the package; return the version, a hash of the weights."""
    chosen = choose_examples(texts)
    lines = [f"{name}\t{texts[at].text}\n" for name, at in chosen.items()]
    (PACKAGE / examples.EXAMPLES).write_text("".join(lines), "utf-8")
    vectors = (features.vectors[list(chosen.values())] - scorer.centre) / scorer.spread
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    maps = np.stack([one.coef_[0] for one in scorer.maps], axis=1)
    scale = np.abs(maps).max(axis=0) / 127
    arrays = {
        f"network{at}_{part}": values.astype(np.float16)
        for at, network in enumerate(scorer.networks)
        for part, values in enumerate(network)
    }
    arrays |= {
        "centre": scorer.centre.astype(np.float16),
        "spread": scorer.spread.astype(np.float16),
        "letters": np.round(maps / scale).astype(np.int8),
        "letter_scale": scale.astype(np.float32),
        "letter_bias": np.array([one.intercept_[0] for one in scorer.maps], dtype=np.float32),
        "combination": combination,
        "examples": np.round(vectors * 127).astype(np.int8),
        "thresholds": np.array(thresholds),
    }
    digest = hashlib.sha256(b"".join(arrays[name].tobytes() for name in sorted(arrays)))
    version = digest.hexdigest()[:12]
    about = {"version": version, "networks": len(scorer.networks), "thresholds": thresholds}
    del arrays["thresholds"]
    arrays["about"] = np.frombuffer(json.dumps(about).encode(), dtype=np.uint8)
    np.savez_compressed(PACKAGE / heads.WEIGHTS, **arrays)
    return version
