"""The names that the language itself gives a meaning, and what is told of those that it does not know."""

from __future__ import annotations

HIDDEN = "\\some "
TRUE = HIDDEN + "true"

TYPE_TESTS = {"atom", "atomic", "number", "integer", "float", "nonvar"}
ALWAYS = {"ground": 1, "simple": 1, "nonvar": 1}
NEVER = {"compound": 1, "is_list": 1}
ORDER = ("@<", "@>", "@=<", "@>=")
COMPARISONS = ("<", ">", "=<", ">=", "=:=", "=\\=", "=", "\\=", "==", "\\==", "is")
CONTROL = {
    ("true", 0),
    ("fail", 0),
    ("false", 0),
    ("\\+", 1),
    ("not", 1),
    ("once", 1),
    ("call", 1),
    ("forall", 2),
}
OUTPUT = {"write", "writenl", "writeln", "nl", "print", "debugprint"}
COLLECTORS = {"findall": "empty", "all": "some", "all_or_none": "empty"}
REDUCERS = {
    "length": "count",
    "sum_list": "sum",
    "sumlist": "sum",
    "sum": "sum",
    "max_list": "max",
    "max": "max",
    "min_list": "min",
    "min": "min",
    "avg": "avg",
}
STRING_FUNCTIONS = {
    "atom_concat": 3,
    "string_concat": 3,
    "atom_length": 2,
    "string_length": 2,
    "upcase_atom": 2,
    "downcase_atom": 2,
    "string_upper": 2,
    "string_lower": 2,
}
FUNCTIONS = {
    **dict.fromkeys(("pi", "e", "inf", "epsilon"), (0,)),
    **dict.fromkeys(
        (
            "abs",
            "sign",
            "sqrt",
            "log",
            "log10",
            "exp",
            "sin",
            "cos",
            "tan",
            "asin",
            "acos",
            "atan",
            "sinh",
            "cosh",
            "tanh",
            "asinh",
            "acosh",
            "atanh",
            "ceiling",
            "floor",
            "round",
            "truncate",
            "integer",
            "float",
            "float_integer_part",
            "float_fractional_part",
            "lgamma",
            "gamma",
            "erf",
            "erfc",
        ),
        (1,),
    ),
    "exp": (1, 2),
    "atan": (1, 2),
    "atan2": (2,),
    "min": (2,),
    "max": (2,),
    **dict.fromkeys(("year", "month", "day", "days"), (1,)),
    "date": (1, 3),
    "years": (2,),
}
OPERATORS = {
    "+",
    "-",
    "*",
    "/",
    "//",
    "mod",
    "rem",
    "div",
    "**",
    "^",
    "<<",
    ">>",
    "/\\",
    "\\/",
    "xor",
    "#",
    "><",
}
AGGREGATES = ("count", "sum", "min", "max", "avg", "logsumexp")
LIBRARIES = ("aggregate", "lists", "apply", "string")

REFUSED = {
    "!": "a cut has no meaning here: all answers count; write the condition that it stands for",
    "->": "write both cases: (c, a ; \\+ c, b)",
    "*->": "write both cases: (c, a ; \\+ c, b)",
    "=..": "there are no terms to take apart",
    "functor": "there are no terms to take apart",
    "arg": "there are no terms to take apart",
    "copy_term": "there are no terms to copy",
    "append": "use one fact for each element",
    "reverse": "use one fact for each element",
    "select": "use one fact for each element",
    "nth0": "use one fact for each element, with its number",
    "nth1": "use one fact for each element, with its number",
    "maplist": "write a rule over the facts",
    "foldl": "write a rule over the facts, or an aggregate",
    "setof": "write an aggregate in the head: p(G, count<X>) :- ...",
    "bagof": "write an aggregate in the head: p(G, count<X>) :- ...",
    "aggregate_all": "write an aggregate in the head: p(G, count<X>) :- ...",
    "assert": "facts are given before a program runs, or by its inputs",
    "asserta": "facts are given before a program runs, or by its inputs",
    "assertz": "facts are given before a program runs, or by its inputs",
    "retract": "facts are given before a program runs, or by its inputs",
    "consult": "put the clauses into one file",
    "clause": "a program does not read itself",
    "try_call": "define the predicate, or write :- unknown(fail).",
    "read": "values come in by facts and inputs",
    "subquery": "ask for it with query",
    "atom_codes": "there are no lists; see atom_length, atom_concat",
    "atom_chars": "there are no lists; see atom_length, atom_concat",
    "sub_atom": "see atom_length, atom_concat",
    "random": "a random choice is a fact with a probability",
}

KNOWN = sorted(
    {
        *TYPE_TESTS,
        *ALWAYS,
        *NEVER,
        *(name for name, _ in CONTROL if name.isalpha()),
        *OUTPUT,
        *COLLECTORS,
        *REDUCERS,
        *STRING_FUNCTIONS,
        "between",
        "succ",
        "plus",
        "member",
        "memberchk",
        "atom_number",
        "concat",
        "compare",
        "var",
    }
)
