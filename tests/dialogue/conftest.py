"""A small recipe of customer service, without a model, in two languages."""

from pathlib import Path

import pytest

RECIPE = """[recipe]
name = "shop"
notice = "A test."
[model]
encoder = "fake"
[[classify]]
predicate = "intent"
labels_file = "questions.csv"
none = ["tell me a joke"]
votes = "vote"
[support]
documents = ["about.md"]
sure = 0.4
outside = 0.1
[[slot]]
name = "order"
patterns = ["SO-#####", "订单{#####}"]
full = "SO-{}"
ask = { en = "Which order?", zh = "哪个订单？" }
[[slot]]
name = "bought"
kind = "date"
patterns = ["{year}-{month}-{day}", "{year}年{month}月{day}日", "{ago} days ago"]
[[knowledge]]
format = "csv"
path = "orders.csv"
relation = "bought"
columns = [{ name = "order" }, { name = "day" }]
"""
QUESTIONS = """intent,question,answer
refund,I want my money back,Money back for {order} of {day}.
refund,refund please money back,
refund,我要退款,订单 {order} 可以退款。
late,,Too late for {order}.
pay,which ways to pay are there,By card.
pay,can I pay by card,
pay,怎么付款,刷卡。
open,when are you open,From nine to five.
open,at what time do you open,
open,几点营业,九点到五点。
"""
RULES = """age(N) :- said(order, O), bought(O, Day), today(Now), N is days(Now) - days(Day).
age(N) :- said(order, O), \\+ bought(O, _), said(bought, Day), today(Now), N is days(Now) - days(Day).
need(refund, order).
need(refund, bought) :- said(order, O), \\+ bought(O, _).
reply(T, refund) :- intent(T, refund), age(N), N =< 30.
reply(T, late) :- intent(T, refund), age(N), N > 30.
reply(T, I) :- intent(T, I), I \\= refund.
person(T) :- word(T, lawyer).
fill(day, D) :- said(order, O), bought(O, D).
fill(day, D) :- said(order, O), \\+ bought(O, _), said(bought, D).
vote(refund, T, refund) :- word(T, '退款').
vote(pay, T, pay) :- word(T, '付款').
query(reply(T, R)).
"""
ABOUT = """# About us

## Lamps

Our lamps are made of oak. The Vega lamp is safe in bathrooms.

## 灯

我们的灯用橡木制成。织女灯可以装在浴室。
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """The folder of the recipe."""
    folder = tmp_path / "shop"
    folder.mkdir()
    files = {
        "recipe.toml": RECIPE,
        "questions.csv": QUESTIONS,
        "rules.dl": RULES,
        "orders.csv": "order,day\nSO-10001,2026-05-01\nSO-10002,2026-01-01\n",
        "about.md": ABOUT,
    }
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    return folder
