"""The model of the second stage: one text in, one judgement out.

1. undo disguises and markup, keeping each character's place
2. embed the whole text and, of a longer one, its passages
3. score them by the heads, combine the scores with what the rules said
4. name the passage that decided, the kind, and the nearest own examples
"""

from typing import TYPE_CHECKING

from ..characters import unmask
from ..model import Construct, Level, Screening
from .examples import Example, list_examples
from .judgement import Judgement, ModelUnavailable
from .passages import Passage, cut_passages

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from .embedder import Embedder
    from .heads import Heads

    Numbers = NDArray[np.float32]

# Beyond this the embedding itself takes the mean of windows.
WHOLE_CHARACTERS = 1500
EXAMPLES_A_LANGUAGE = 2
LANGUAGES = ("id", "en")


class MeaningModel:
    """Embedding and heads, ready for use. One thread, no I/O after loading."""

    def __init__(self, heads: "Heads", embedder: "Embedder") -> None:
        self._heads = heads
        self._embedder = embedder

    @classmethod
    def load(cls) -> "MeaningModel":
        """Load the wheel and the weights that ship: about a second, 150 MB.

        Raises ModelUnavailable where one of them cannot be used.
        """
        try:
            from .embedder import E5Embedder  # noqa: PLC0415 - numpy may be missing
            from .heads import load_heads  # noqa: PLC0415
        except ImportError as error:
            raise ModelUnavailable("numpy is not installed.") from error
        try:
            return cls(load_heads(), E5Embedder())
        except (OSError, KeyError, ValueError) as error:
            raise ModelUnavailable("The weights cannot be read.") from error

    @property
    def version(self) -> str:
        """Which training made the weights, 12 hexadecimal digits."""
        return self._heads.version

    def judge(self, text: str, rules: Screening) -> Judgement:
        """Judge a text of any length beside what the rules said of it."""
        plain, starts, ends = unmask(text)
        if not plain.strip():
            return Judgement(Level.NONE, None, (0.0, 0.0, 0.0), 0, 0)
        passages = cut_passages(plain)
        texts = [plain, *(one.text for one in passages)]
        standard = self._heads.standardize(self._embed(texts))
        scores, kinds = self._heads.score_texts(standard, texts)
        probabilities = self._heads.combine(scores, rules, len(plain.split()))
        level = self._heads.decide(probabilities)
        decided, row = _find_deciding(scores, passages, plain)
        first, second, third = (float(one) for one in probabilities)
        return Judgement(
            level,
            self._name_construct(kinds[row]) if level > Level.NONE else None,
            (first, second, third),
            starts[decided.start],
            ends[decided.end - 1],
            self._find_nearest(standard[row], kinds[row]) if level > Level.NONE else (),
        )

    def _embed(self, texts: list[str]) -> "Numbers":
        """Embed a text and its passages; a long one is the mean of its passages."""
        whole, *passages = texts
        if len(whole) <= WHOLE_CHARACTERS or not passages:
            return self._embedder.embed(texts)
        import numpy as np  # noqa: PLC0415 - only where the wheel is

        vectors = self._embedder.embed(passages)
        mean = vectors.mean(axis=0, keepdims=True)
        return np.concatenate([mean / np.linalg.norm(mean), vectors])

    def _name_construct(self, kinds: "Numbers") -> Construct:
        from .heads import CONSTRUCTS, KINDS  # noqa: PLC0415

        return CONSTRUCTS[KINDS[int(kinds.argmax())]]

    def _find_nearest(self, standard: "Numbers", kinds: "Numbers") -> tuple[Example, ...]:
        """Find the own examples of the same kind that are nearest, of each language."""
        from .heads import KINDS  # noqa: PLC0415

        kind = KINDS[int(kinds.argmax())]
        nearness = self._heads.examples @ standard
        ordered = sorted(zip(-nearness, list_examples(), strict=True), key=lambda pair: pair[0])
        same = [example for _, example in ordered if example.kind == kind]
        return tuple(
            example
            for lang in LANGUAGES
            for example in [one for one in same if one.lang == lang][:EXAMPLES_A_LANGUAGE]
        )


def _find_deciding(scores: "Numbers", passages: list[Passage], text: str) -> tuple[Passage, int]:
    """Find the passage with the highest scores and its row; a short text is its own passage."""
    if not passages:
        return Passage(text, 0, len(text)), 0
    highest = int(scores[1:, :, 0].sum(axis=1).argmax())
    return passages[highest], highest + 1
