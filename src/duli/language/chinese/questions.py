"""Questions that are answered by yes or no, as the statements that they ask about: 查理善良吗, 查理善良."""

from __future__ import annotations

import re

from duli.errors import InputError

_OTHERS = re.compile("谁|什么|哪|怎么|怎样|为何|多少|几(?:个|只|本|位|名)")
_TWICE = re.compile(r"(是|会|能|可以|喜欢|[\u3400-\u9fff]{1,2})不\1")
_END = re.compile(r"(?:吗|么|嘛|呢)?[?？]?\s*$")


def stated(question: str) -> str:
    """A question as a statement; a statement as it is.

    Raises:
        InputError: it asks who, what or how.

    >>> stated("查理善良吗？"), stated("鲍勃是不是学生？"), stated("有没有人喜欢茶？")
    ('查理善良', '鲍勃是学生', '有人喜欢茶')
    """
    if _OTHERS.search(question):
        raise InputError("这不是在问是不是", hint="查理善良吗？或者陈述句：查理是善良的。")
    plain = _END.sub("", question).replace("有没有", "有")
    return _TWICE.sub(r"\1", plain.removeprefix("难道"))
