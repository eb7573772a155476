"""Chinese words: the closed classes, common verbs, words of measure; and how a text uses the others.

Chinese is written without spaces: a sentence is parted at the words of closed classes. What stands between is parted
into verb and object where a verb is known: from the list, or because the text uses it after 不 and before a name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from duli.language.phrases import Word

_CLASSES = """
IF 如果 若 假如 要是 只要
THEN 那么 否则 则 就
IFF 当且仅当
UNLESS 除非
COLON ： :
EVERY 凡是 凡 所有的 所有 每一个 每个 每只 每位 每名 每条 每 任何 一切
NO 没有任何 没有一个
SOME 有些 有的 某些 一些
THE 这个 那个 那只 那位 该
EXISTS 至少有一个 存在一个 存在 有一个 有一只 有一位
EVERYONE 每个人 所有人 任何人 人人 任何东西 任何事物 一切事物
SOMEONE 有人 某人 有东西 某物 某个东西
NOONE 没有人 无人 没有东西 没有任何人
PRONOUN 他们 她们 它们 他 她 它
ISNOT 都不是 并不是 不是 并非
IS 都是 就是 是
DE 的
VERY 都很 非常 十分 很
NEITHER 既不
NEITHER_E 也不 又不
BOTH 既
BOTH_E 又
EITHER 要么
BI 比
NOT 都不 并不 从不 不 都没有 没有 没 未
AND 并且 而且 且 但是 但 和 与 以及 、
OR 或者 或
MODAL 一定要 都要 都必须 必须 可以 能够 能 会 应该
COMMA ， ,
OPEN （ (
CLOSE ） )
"""
CLOSED: dict[str, str] = {
    word: name for name, *words in map(str.split, _CLASSES.strip().splitlines()) for word in words
}
_MODAL = tuple(word for word, name in CLOSED.items() if name == "MODAL")
_VERBS = """
看见 看到 喜欢 喜爱 需要 拜访 访问 追逐 追赶 追 吃 喝 爱 讨厌 恨 认识 拥有 具有 属于 住在 位于 来自 在 有
包含 包括 产生 导致 引起 知道 相信 学习 研究 教 写 读 买 卖 使用 用 帮助 打 玩 唱 跳 跑 飞 游 呼吸 工作 参加
支持 反对 攻击 咬 听 说 做 制造 生产 出版 领导 管理 负责 担任 毕业于 出生于 赢得 获得 失去 排在 排 养 戴 穿
开 骑
"""
_MEASURES = "个|只|本|位|名|条|辆|张|件|种|座|棵|匹|头|家|所|支|朵|块|颗|把|台"
_MEASURED = re.compile(rf"^(?:[一两二三四五六七八九十\d]+|这|那)(?:{_MEASURES})(?=.)")
_ALONE = {"有的": r"(?<!\w)有的"}
_CLOSED_WORD = "|".join(_ALONE.get(word, re.escape(word)) for word in sorted(CLOSED, key=len, reverse=True))
_ENDS = frozenset({"", "COMMA", "THEN", "AND", "OR"})
_SPLIT = re.compile(r"对(?:所有|某个)[U-Z]\d*(?:、[U-Z]\d*)*，|" + _CLOSED_WORD + r"|「[^」]*」|\s+")
_END = re.compile(r"[。！？；.!?;\s]+$")
THINGS = frozenset(["人", "东西", "事物", "物", "物体"])
"""What all things are."""
GRADED: dict[str, tuple[str, bool]] = {
    "大": ("大", False), "小": ("大", True), "老": ("老", False), "年长": ("老", False), "年轻": ("老", True),
    "高": ("高", False), "矮": ("高", True), "低": ("高", True), "贵": ("贵", False), "便宜": ("贵", True),
    "旧": ("旧", False), "新": ("旧", True), "长": ("长", False), "短": ("长", True), "重": ("重", False),
    "轻": ("重", True), "快": ("快", False), "慢": ("快", True), "晚": ("晚", False), "早": ("晚", True),
    "多": ("多", False), "少": ("多", True), "强": ("强", False), "弱": ("强", True),
    "远": ("远", False), "近": ("远", True),
}  # fmt: skip
"""What is compared: the measure, and whether more of it is less of the measure."""


def closed(word: Word) -> str:
    """The closed class of a word; empty for others."""
    return CLOSED.get(word.text, "")


def split(sentence: str) -> list[Word]:
    """A sentence parted at words of closed classes; what stands between is one piece each.

    >>> [word.text for word in split("所有猫都不是红色的。")]
    ['所有', '猫', '都不是', '红色', '的']
    """
    text = _END.sub("", sentence)
    found: list[Word] = []
    at = 0
    for match in _SPLIT.finditer(text):
        if match.start() > at:
            found.append(Word(text[at : match.start()], text[at : match.start()], at))
        if match[0].strip():
            found.append(Word(match[0], match[0], match.start()))
        at = match.end()
    if at < len(text):
        found.append(Word(text[at:], text[at:], at))
    return found


def known_verb(name: str) -> bool:
    """Whether a predicate's name begins with a verb that is known without a text."""
    return any(name.startswith(verb) for verb in (*_VERBS.split(), *_MODAL))


def unmeasured(text: str) -> str:
    """Without numeral and word of measure.

    >>> unmeasured("一个学生")
    '学生'
    """
    return _MEASURED.sub("", text)


@dataclass
class Evidence:
    """How a text uses its words.

    Args:
        names: what stands alone before 是, 不 and the like.
        qualities: what stands after 是 before 的, or after 很.
        verbs: known verbs, and what stands after 不 before a name.
    """

    names: set[str] = field(default_factory=set)
    qualities: set[str] = field(default_factory=set)
    verbs: set[str] = field(default_factory=lambda: set(_VERBS.split()))

    def add(self, words: Sequence[Word]) -> None:
        """Take in a sentence: names and qualities."""
        for at, word in enumerate(words):
            if word.text.startswith("「"):
                self.names.add(word.text[1:-1])
            if word.text in CLOSED:
                continue
            before = closed(words[at - 1]) if at else ""
            after = closed(words[at + 1]) if at + 1 < len(words) else ""
            opens = at == 0 or before in ("COMMA", "IF", "THEN", "AND", "OR", "EVERY", "THE", "SOME")
            if opens and after in ("IS", "ISNOT", "NOT", "VERY", "MODAL", "BI", "NEITHER"):
                self.names.add(unmeasured(word.text.rstrip("也都")))
            listed = after == "AND" and [closed(w) for w in words[at + 2 : at + 4]] == ["", "DE"]
            of = before in ("IS", "ISNOT", "AND", "OR") and after == "DE"
            of = of or listed or before in ("NEITHER", "NEITHER_E")
            alone = before in ("SOMEONE", "EVERYONE", "NOONE", "PRONOUN") and after in _ENDS
            alone = alone or (after == "DE" and [w.text in THINGS for w in words[at + 2 : at + 3]] == [True])
            alone = alone and not any(verb in word.text for verb in self.verbs)
            if alone or (of and not self._acts(word.text)) or before == "VERY":
                self.qualities.add(word.text)

    def _acts(self, text: str) -> bool:
        """Whether a known verb stands in a text, but at the end of a longer word: 喜欢茶, not 富有."""
        return any(verb in text and (text == verb or not text.endswith(verb)) for verb in self.verbs)

    def add_verbs(self, words: Sequence[Word]) -> None:
        """Then qualities before 的 that are no names, and verbs: what stands after 不 and the like before a name."""
        for word, of, noun in zip(words, words[1:], words[2:], strict=False):
            plain = not closed(word) and closed(of) == "DE" and not closed(noun)
            if plain and word.text not in self.names and not any(verb in word.text for verb in self.verbs):
                self.qualities.add(word.text)
        for at, word in enumerate(words[1:], 1):
            if closed(words[at - 1]) not in ("NOT", "NEITHER", "NEITHER_E") or word.text in CLOSED:
                continue
            ends = [name for name in self.names if word.text.endswith(name) and word.text != name]
            if ends and word.text not in self.names:
                self.verbs.add(word.text[: -len(max(ends, key=len))])
