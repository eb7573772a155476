"""The recipe law: small cases of our own, decided."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from duli import recipe
from duli.errors import InputError, ProgramError
from duli.reason import load
from duli.reason.cases import Judge
from duli.service import cli

FAMILY = Path(__file__).parent / "examples" / "law" / "family.dl"
ALWAYS = "'0001-01-01', '9999-12-31'"
MARRIED = "marriage(m, ann, ben, '2010-06-01', '9999-12-31')."
HOME = (
    f"child(cy, ann, {ALWAYS}). birth(cy, '2005-07-01'). lives(ann, house, {ALWAYS}). lives(cy, house, {ALWAYS}). "
    "upkeep(a, ann, house, 900, '2017-02-01'). upkeep(b, ben, house, 100, '2017-02-01')."
)
JOB = (
    "service(job, ann, dan, '2017-01-01', '2017-12-31'). pays_for(pay, job). "
    "payment(pay, ann, dan, {}, '2017-12-31')."
)
OLD = f"income(i, ann, 9, '2017-12-31'). birth(ann, '1952-12-31'). blind(ann, {ALWAYS})."
DIVORCED = f"{MARRIED} separation(m, 'decree of divorce', '2017-12-31', '9999-12-31')."
STEP = f"child(ann, ben, {ALWAYS}). marriage(m, ben, eve, '2015-01-01', '9999-12-31')."
LATE = f"lives(ann, house, {ALWAYS}). lives(dan, house, '2017-01-02', '9999-12-31')."
ABROAD = "service_country(job, peru). citizen(dan, usa). american_employer(ann)."
STUDENT = f"institution(ann, school). enrolled(dan, ann, {ALWAYS}). attends(dan, ann, {ALWAYS})."
FARM = "service_kind(job, 'agricultural labor')."


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge(recipe.read("law"))


@pytest.mark.parametrize(
    ("case", "question", "expected"),
    [
        # §63, §151, §1(c): 22,895 less 3,000 and 2,000, 15 %.
        ("income(i, ann, 22895, '2017-12-31').", "tax(ann, 2017, A)", [2684]),
        ("income(i, ann, 22895, '2018-12-31').", "tax(ann, 2018, A)", [1634]),
        # §68 and §151(d)(3): 10,000 over the applicable amount of 250,000 cost 300 and 8 points.
        (
            "income(i, ann, 260000, '2016-12-31'). deduction(d, ann, 20000, '2016-03-01').",
            "s63_a(ann, 2016, A)",
            [260000 - 19700 - 1840],
        ),
        ("income(i, ann, 900000, '2016-12-31').", "s151(ann, A, 2016)", [0]),
        # §63(f): old and blind, not married: twice 750.
        (OLD, "s63_c_3(ann, 2017, A)", [1500]),
        # §7703(a): the year of the spouse's death counts; the next one does not.
        (f"{MARRIED} death(ben, '2017-01-02').", "s7703(ann, A)", [2010, 2017]),
        (DIVORCED, "s7703_a_2(m, ann, A)", [2017]),
        # §7703(b), §1(c): lives apart with the child, files separately.
        (f"{MARRIED} {HOME} income(i, ann, 9, '2017-12-31').", "s7703_b(ann, 2017)", True),
        (f"{MARRIED} {HOME} lives(ben, house, {ALWAYS}).", "s7703_b(ann, 2017)", False),
        (f"{MARRIED} {HOME} joint_return(ann, ben, 2017).", "s7703_b(ann, 2017)", False),
        # §2(b): the mother who pays 90 % of the home.
        (HOME, "s2_b(ann, 2017)", True),
        (f"{HOME} nonresident_alien(ann, '2017-05-01', '2017-05-02').", "s2_b(ann, 2017)", False),
        (HOME.replace("900", "100"), "s2_b(ann, 2017)", False),
        # §152(c)(3): 25 at the end of the year is too old.
        (HOME, "s152_c(cy, ann, 2029)", True),
        (HOME, "s152_c(cy, ann, 2030)", False),
        # §152(b): a joint return, and the dependents of dependents.
        (f"{HOME} joint_return(cy, zed, 2017).", "s152(cy, ann, 2017)", False),
        (f"{HOME} child(eve, cy, {ALWAYS}). lives(eve, house, {ALWAYS}).", "s152(eve, A, 2017)", ["ann"]),
        # §152(d)(2): kin.
        (f"child(ann, ben, {ALWAYS}). sibling(dan, ben, {ALWAYS}).", "s152_d_2_F(dan, A, F, U)", ["ann"]),
        (STEP, "s152_d_2_D(eve, A, F, U)", ["ann"]),
        (f"{MARRIED} child(dan, ann, {ALWAYS}). sibling(fay, ben, {ALWAYS}).", "s152_d_2_G(A, ann, F, U)", ["fay"]),
        (f"lives(ann, house, {ALWAYS}). lives(dan, house, {ALWAYS}).", "s152_d_2_H(dan, A, 2017)", ["ann"]),
        (LATE, "s152_d_2_H(dan, A, 2017)", []),
        # §3306, §3301: 7,000 of 9,000 are wages; of 1,499 none is taxed.
        (JOB.format(9000), "s3301(ann, 2017, W, A)", [420]),
        # Of 1,499 for a month none is taxed; for a year all, by the days of more than ten weeks.
        (JOB.format(1499).replace("'2017-01-01'", "'2017-12-01'"), "s3301(ann, 2017, W, A)", []),
        (JOB.format(1499), "s3306_a_1_A(ann, 2017)", False),
        (JOB.format(1499), "s3306_a_1_B(ann, 2017)", True),
        (f"{JOB.format(9000)} child(ann, dan, {ALWAYS}).", "s3301(ann, 2017, W, A)", []),
        (f"{JOB.format(9000)} {FARM}", "s3306_c_1(job, ann, dan, 2017)", True),
        (f"{JOB.format(20000)} {FARM}", "s3306_c_1(job, ann, dan, 2017)", False),
        (f"{JOB.format(20000)} {FARM} means(pay, hay).", "s3306_b_11(pay, job)", True),
        (f"{JOB.format(9000)} service_country(job, peru).", "s3301(ann, 2017, W, A)", []),
        (f"{JOB.format(9000)} {ABROAD}", "s3301(ann, 2017, W, A)", [420]),
        (f"{JOB.format(9000)} {STUDENT}", "s3301(ann, 2017, W, A)", []),
        # What a case concludes is not worked out again.
        ("s63(ann, 2017, 54775). s2_b(ann, 2017).", "s1_b(ann, 2017, A)", [11489]),
        ("s63(ann, 2017, 54775). s2_b(ann, 2017).", "tax(ann, Year, A)", [11489]),
    ],
)  # fmt: skip
def test_what_follows(judge: Judge, case: str, question: str, expected: list[object] | bool) -> None:
    found = [finding.atom.arguments for finding in judge.ask(case, question).findings]
    if isinstance(expected, bool):
        assert bool(found) == expected
    else:
        assert [row[re.findall(r"\w+", question)[1:].index("A")] for row in found] == expected


def test_ten_weeks_begin_on_mondays(judge: Judge) -> None:
    days = [
        "2017-01-24",
        "2017-02-04",
        "2017-03-03",
        "2017-03-19",
        "2017-04-02",
        "2017-05-09",
        "2017-10-15",
        "2017-10-25",
    ]
    facts = [
        f"service(w{i}, ann, dan, '{day}', '{day}')."
        for i, day in enumerate([*days, "2017-12-01", "2017-12-03"])
    ]
    question = "s3306_a_1_B(ann, 2017)"
    assert not judge.ask(" ".join(facts), question).findings  # 1 and 3 December are of one week
    assert judge.ask(
        " ".join([*facts, "service(w, ann, dan, '2017-12-04', '2017-12-04')."]), question
    ).findings


def test_a_proof_is_told_with_its_sections(judge: Judge) -> None:
    made = judge.ask(FAMILY.read_text("utf-8"))
    (finding,) = made.findings
    # 50,000 less 6,000 and 4,000 at 15 % and 28 %, and 6 % of 7,000 of the brother's wages.
    assert finding.atom.arguments == ("Ann", 2017, 5535 + 868 + 420)
    assert finding.sentence == "Ann has to pay $6,823 in tax for 2017"
    assert {"§2(a)", "§63(c)(2)(A)", "§152(c)(1)(B)", "§1(a)(ii)", "§3301"} <= set(finding.sections)
    said = [step.sentence for step in finding.steps]
    assert "Cy is a child of Ann from 2009-02-11 to …" in said
    assert said.index("Ann is a surviving spouse for 2017") > said.index("Ben died on 2016-08-01")
    assert "nothing shows that Ann has no standard deduction for 2017" in said
    assert made.notice.startswith("Not legal advice")
    assert made.to_dict(proof=True)["answers"][0]["proof"]["atom"] == "tax('Ann',2017,6823)"


def test_a_chinese_case_is_told_in_chinese(judge: Judge) -> None:
    made = judge.ask("income(工资, 安, 22895, '2017-12-31').", "tax(安, 2017, A)")
    assert made.findings[0].sentence == "安2017年应缴税款$2,684"
    assert "安于2017-12-31有收入$22,895" in [step.sentence for step in made.findings[0].steps]
    assert "没有什么表明安2017年是户主" in [step.sentence for step in made.findings[0].steps]


JOINT = "Ann is married for the year 2017. Ann files a joint return with her spouse for 2017."
SINGLE_RETURN = "is married and makes a single return jointly with the spouse for 2017"
COUPLE = "安和波于1992年2月3日结婚。安2017年的收入为22895元。2017年安和波联合申报。"
WIDOW = (
    "Ann and Ben got married on May 4th, 2001. Ann and Ben have a daughter, Cy, born February 11th, 2009. "
    "Ben died on August 1st, 2016. From 2009 to 2018, Ann furnished the costs of maintaining the home where she and Cy "
    "lived during that time. In 2017, Ann earned $50,000. Ann takes the standard deduction."
)


@pytest.mark.parametrize(
    ("text", "question", "sentence"),
    [
        (JOINT, "s1_a_1('Ann', 2017)", f"Ann {SINGLE_RETURN}"),
        (WIDOW, "How much tax does Ann have to pay in 2017?", "Ann has to pay $6,403 in tax for 2017"),
        (COUPLE, "安2017年应缴多少税？", "安2017年应缴税款$1,934"),
    ],
)  # fmt: skip
def test_sentences_are_read_by_forms(judge: Judge, text: str, question: str, sentence: str) -> None:
    found = judge.ask(judge.cases.forms.program(text, "case.txt"), question).findings
    assert [f.sentence for f in found] == [sentence]


def test_every_conclusion_has_rules_and_every_section_its_words() -> None:
    source = recipe.read("law")
    program, cases = Judge(source).program, source.cases
    assert cases is not None
    assert set(cases.conclusions) - set(program.derived) == {"s151_d_1"}  # a fact
    assert {name for name in program.derived if re.match(r"s\d", name)} <= set(cases.conclusions)


def test_mistakes_are_told(judge: Judge) -> None:
    with pytest.raises(InputError, match="nothing is asked"):
        judge.ask("income(i, ann, 1, '2017-12-31').")
    with pytest.raises(InputError, match="incme is no fact") as caught:
        judge.ask("incme(i, ann, 1, '2017-12-31').", "tax(ann, 2017, A)")
    assert caught.value.hint == "did you mean income(income, person, amount, day)?"
    with pytest.raises(InputError, match="income/2 is no fact"):
        judge.ask("income(i, ann).", "tax(ann, 2017, A)")
    with pytest.raises(ProgramError, match="a dot"):
        judge.ask("income(i, ann, 1, '2017-12-31')", "tax(ann, 2017, A)")
    with pytest.raises(ProgramError, match="tax"):
        judge.ask("income(i, ann, 1, '2017-12-31').", "tax(ann, A)")
    assert not judge.ask("", "tax(ann, 2017, A)").findings
    with pytest.raises(ProgramError, match="is not a date"):
        judge.ask("income(i, ann, 1, '2017-02-29').", "tax(ann, 2017, A)")
    with pytest.raises(InputError, match="the facts of a case are given"):
        load("law").ask("Ann earned $1.")


def test_the_command_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert cli.run(["ask", "law", "s2_a('Ann', Year)", "--file", str(FAMILY), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert [found["atom"] for found in answer["answers"]] == ["s2_a('Ann',2017)"]
    assert cli.run(["ask", "law", "s2_b('Ann', 2017)", "--file", str(FAMILY)]) == 0
    assert capsys.readouterr().out.startswith("nothing in the case shows s2_b('Ann',2017)")
    assert cli.run(["ask", "law", "--file", str(FAMILY), "--why"]) == 0
    out = capsys.readouterr().out
    assert "Not legal advice" in out
    assert "§152(c)(1)(B)" in out
    (tmp_path / "case.txt").write_text(WIDOW)
    question = "How much tax does Ann have to pay in 2017?"
    assert cli.run(["ask", "law", question, "--file", str(tmp_path / "case.txt")]) == 0
    assert capsys.readouterr().out.startswith("Ann has to pay $6,403 in tax for 2017")
    (tmp_path / "case.txt").write_text(f"{WIDOW} Ann sang.")
    assert cli.run(["ask", "law", question, "--file", str(tmp_path / "case.txt")]) == 2
    assert "this sentence is not read: Ann sang." in capsys.readouterr().err
    cases = FAMILY.parent / "cases.jsonl"
    assert cli.run(["eval", "law", str(cases), "--limit", "2", "--out", str(tmp_path)]) == 0
    assert "2 cases, 2 read" in capsys.readouterr().out
    assert (tmp_path / "report.html").is_file()
