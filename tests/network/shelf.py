"""A shelf of small real files whose names are written in the scripts of many peoples."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from random import Random

#: Eight groups of eight names: four words that begin one, two in the middle, two at its end.
GROUPS = (
    ("Élodie Müller Świątek Ångström", "café naïveté", "réveillé Übergrößen"),
    ("Пушкин Чехов Гоголь Ахматова", "повесть стихи", "издание черновик"),
    ("Όμηρος Σαπφώ Ησίοδος Πίνδαρος", "ποίηση ύμνοι", "θάλασσα οδός"),
    ("李白 杜甫 王維 白居易", "詩集 絕句", "春天 長安"),
    ("さくら ゆうひ カラス サムライ", "ものがたり 写真", "東京 京都"),
    ("서울 부산 한라산 제주도", "여행 사진첩", "가을 겨울날"),
    ("الخوارزمي المتنبي الجاحظ الكندي", "كتاب رسالة", "بغداد دمشق"),
    ("1492 1789 1969 2001", "voyages maps", "v10 42"),
)
ENDINGS = ("ogg", "mkv", "pdf", "jpg", "iso", "txt", "flac", "webm")


def names() -> list[str]:
    """The 64 names."""
    found = []
    for group in GROUPS:
        firsts, middles, ends = (words.split() for words in group)
        for number, (first, middle) in enumerate(product(firsts, middles)):
            end = ends[number // 2 % 2]
            found.append(f"{first} - {middle} ({end}).{ENDINGS[number]}")
    return found


def fill(folder: Path) -> None:
    """Write a file under each name, in folders within ``folder``, no two of the same size."""
    random = Random(1)
    for number, name in enumerate(names()):
        path = folder / f"box {number % 5}" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(random.randbytes(1000 + 100 * number))
