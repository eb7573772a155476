"""The page as a person uses it, in a real browser."""

from __future__ import annotations

import re
from typing import Any

import pytest

from duli.service.http import app
from tests.service.http.conftest import SECRETS, Running

VIEWS = {
    "ask": ("Ask", "提问"),
    "rules": ("Rules", "规则"),
    "label": ("Label", "标注"),
    "review": ("Review", "审核"),
    "monitor": ("Monitor", "监测"),
    "runs": ("Runs", "运行"),
}
STORY = "If someone is quiet then they are kind. Kind people are cold. Charlie is quiet. Charlie is cold."
CHINESE = "所有安静的人都是善良的。查理是安静的。查理不是善良的。"


def token(name: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {SECRETS[name]}"}


def go(page: Any, view: str, recipe: str) -> None:
    page.evaluate("place => { location.hash = place }", f"#/{view}/{recipe}")
    page.wait_for_selector(f"nav a[aria-current=page][href='#/{view}/{recipe}']")


def asked(page: Any, text: str) -> None:
    page.fill("#text", text)
    page.press("#text", "Control+Enter")


def test_all_that_is_said_is_said_in_both_languages() -> None:
    files = {path: path.read_text("utf-8") for path in app.PAGE.rglob("*.js") if path.parent.name != "vendor"}
    (words,) = (text for path, text in files.items() if path.name == "words.js")
    english, chinese = (
        set(re.findall(r'[\s{]"?([\w-]+)"?: "', words[words.index(f"{tongue}: {{") : words.index(end)]))
        for tongue, end in (("en", "zh: {"), ("zh", "const chosen"))
    )
    said = {name for text in files.values() for name in re.findall(r'say\("(\w+)"', text)}
    assert english == chinese
    assert said <= english


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_in_both_languages(page: Any, view: str) -> None:
    go(page, view, "topics")
    assert page.inner_text("h1") == VIEWS[view][0]
    page.click("text=中文")
    assert page.inner_text("h1") == VIEWS[view][1]
    assert page.evaluate("document.documentElement.lang") == "zh"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_on_a_narrow_screen(page: Any, view: str) -> None:
    page.set_viewport_size({"width": 360, "height": 700})
    go(page, view, "topics")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_token_does_not_stay_in_the_address(page: Any) -> None:
    assert "token" not in page.url


def test_without_a_token_one_is_asked_for(browser: Any, served: Running) -> None:
    page = browser.new_page()
    page.goto(served.address)
    page.fill("#token", "wrong")
    page.click("main button")
    page.wait_for_selector("[role=alert]")
    assert page.is_visible("#token")
    page.close()


def test_an_answer_has_a_probability_its_kind_and_a_proof(page: Any) -> None:
    go(page, "ask", "topics")
    asked(page, "今天会下雨吗？")
    page.wait_for_selector("table")
    first = page.inner_text("tbody tr >> nth=0")
    assert "天气" in first
    assert "exact" in first
    page.wait_for_selector("svg [role=treeitem]")


@pytest.mark.parametrize(("text", "answer", "lines"), [(STORY, "True", 3), (CHINESE, "False", 2)])
def test_a_proof_is_walked_by_keys(page: Any, text: str, answer: str, lines: int) -> None:
    go(page, "ask", "prove")
    asked(page, text)
    page.wait_for_selector("svg [role=treeitem]")
    assert page.inner_text(".verdict") == answer
    assert page.locator("svg [role=treeitem]").count() == lines
    top = page.locator("svg [role=treeitem] >> nth=0")
    top.focus()
    chosen = page.inner_text("dl strong")
    page.keyboard.press("ArrowDown")
    below = page.inner_text("dl strong")
    assert below != chosen
    page.keyboard.press("ArrowUp")
    assert page.inner_text("dl strong") == chosen
    page.keyboard.press("Enter")
    assert page.locator("svg [role=treeitem]").count() == 1


def test_a_case_is_decided_from_facts(page: Any) -> None:
    go(page, "ask", "law")
    page.fill("textarea[placeholder]", "income(job, ann, 30000, '2017-12-31')")
    asked(page, "tax(ann, 2017, A)")
    page.wait_for_selector("table")
    assert "4,127" in page.inner_text("tbody tr >> nth=0")


def test_a_mistake_is_told_with_what_to_do(page: Any) -> None:
    go(page, "ask", "law")
    asked(page, "tax(ann")
    assert page.inner_text("[role=alert]") != ""


def test_rules_are_edited_and_the_answers_change(page: Any) -> None:
    go(page, "rules", "topics")
    editor = page.locator(".editor")
    editor.wait_for()
    assert page.locator(".editor .variable").count() > 0
    editor.fill("about(D, T) :- topic(D, T), \\+ T = sport. query(about(D, T)).")
    page.fill("#text", "The match ended after two goals")
    page.click("button.main")
    page.wait_for_selector("table[aria-label=changed]")
    row = page.locator("table[aria-label=changed] tr", has_text="sport").inner_text()
    assert row.split()[-1] == "–"


def test_a_mistake_in_a_rule_is_shown_at_its_place(page: Any) -> None:
    go(page, "rules", "topics")
    editor = page.locator(".editor")
    editor.wait_for()
    editor.fill("query(about(D, T)).\nabout(D, T) :- topic(D, T\n")
    page.fill("#text", "goals")
    page.click("button.main")
    page.wait_for_selector("[role=alert]")
    assert "topic(D, T" in page.inner_text(".editor .wrong")


def test_texts_are_labelled_by_keys(page: Any, served: Running) -> None:
    go(page, "label", "topics")
    page.fill("#texts", "goals and players\n今天下雨\nprofits fell")
    page.click("form button")
    page.wait_for_selector("[role=group] button")
    text = page.inner_text("section .text")
    page.click("h1")
    page.keyboard.press("1")
    page.wait_for_function("text => document.querySelector('section .text').innerText !== text", arg=text)
    kept = served.get("/v1/topics/label").json()["labels"]
    assert {"text": text, "label": "sport", "by": "all"}.items() <= kept[-1].items()


def test_a_review_for_two_is_decided(page: Any, served: Running) -> None:
    subject = {"text": "退款 800 元", "answer": "refund"}
    made = served.post("/v1/topics/review", {"subject": subject, "people": 2}, headers=token("write")).json()
    go(page, "review", "topics")
    card = page.locator("article", has_text="退款 800 元")
    card.wait_for()
    assert "second person" in card.inner_text()
    card.locator("input").fill("as the rule says")
    card.locator("button.main").click()
    page.wait_for_selector("text=as the rule says")
    served.post(f"/v1/topics/review/{made['id']}", {"approves": True}, headers=token("review"))
    page.reload()
    assert "approved" in page.locator(".card", has_text="退款 800 元").inner_text()


def test_alerts_are_seen(page: Any, served: Running) -> None:
    detail = {
        "title": "台积电: 9 bad texts",
        "texts": [{"text": "工厂停产", "source": "news", "time": "2026-01-31T12:00:00Z"}],
    }
    served.server.kept.store.raise_alert("topics", "k1", detail, by="watch")
    go(page, "monitor", "topics")
    card = page.locator("article", has_text="台积电")
    card.wait_for()
    assert "工厂停产" in card.inner_text()
    card.locator("button").click()
    page.wait_for_selector("article >> text=✓ all")


def test_a_run_shows_its_figures_with_intervals(page: Any, served: Running) -> None:
    store = served.server.kept.store
    number = store.start_run("topics", "eval", {"data": "dev.jsonl"}, by="desk")
    result = {
        "metrics": {"accuracy": 0.86},
        "intervals": {"accuracy": [0.84, 0.88]},
        "baselines": {"majority": 0.25},
    }
    store.end_run(number, "done", result, by="desk")
    go(page, "runs", "topics")
    page.click(f"button:has-text('#{number} eval')")
    shown = page.inner_text("section")
    assert "[0.84, 0.88]" in shown
    assert "majority" in shown


def test_light_and_dark(page: Any) -> None:
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.click("header button >> nth=1")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light


def test_the_page_is_reached_by_keys_alone(page: Any) -> None:
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
