"""What requests look like, checked before anything is done with them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Text = Annotated[str, StringConstraints(min_length=1)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Value = Annotated[str, StringConstraints(max_length=10_000)] | int | float


class Body(BaseModel):
    """A request; a key that is not known is a mistake."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, strict=True)


class Pair(Body):
    """Two texts, for a recipe that matches them."""

    text: Text
    second: Text


class Fact(Body):
    """A ground fact: never a rule, for there is no place for one."""

    predicate: Name
    arguments: list[Value] = Field(default_factory=list, max_length=100)


Given = Text | Pair
Facts = Annotated[list[Fact | Text], Field(max_length=10_000)]


class Pending(Body):
    """What a dialogue waits for an answer to."""

    intent: str = ""
    slot: str = ""
    options: list[str] = Field(default_factory=list, max_length=100)
    times: int = Field(1, ge=1, le=100)


class Dialogue(Body):
    """The state of a dialogue, as the last answer gave it."""

    format: int
    said: dict[str, str] = Field(default_factory=dict)
    tried: list[str] = Field(default_factory=list, max_length=1000)
    turns: int = Field(0, ge=0, le=1_000_000)
    pending: Pending | None = None
    language: Literal["en", "zh"] = "en"


class Ask(Body):
    """A question, or many."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"text": "Where is my parcel?", "top": 3, "proof": True},
                {"text": "我的包裹在哪里？"},
                {"texts": ["Where is my parcel?", "I want my money back!"], "stream": True},
                {"text": "tax(alice, 2017, X)", "facts": ["income(job, alice, 22895, '2017-12-31')"]},
            ]
        }
    )
    text: Given | None = Field(None, description="what is asked")
    texts: list[Given] | None = Field(None, min_length=1, description="or many texts, answered one by one")
    question: str = Field("", description="of a recipe that takes problems: what is asked about the text")
    state: Dialogue | None = Field(
        None, description="of a recipe that talks: the state that the last answer gave"
    )
    top: int = Field(10, ge=1, le=1000, description="how many answers")
    why: int = Field(3, ge=0, le=100, description="for how many of them it is said what each phrase counted")
    proof: bool = Field(False, description="whether the best answer comes with its proof")
    facts: Facts = Field(
        default_factory=list, description="further facts, of predicates that the recipe takes"
    )
    stream: bool = Field(False, description="server-sent events: progress, answers as they are ready, end")


class Try(Body):
    """A question, and the rules to answer it by."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"text": "Where is my parcel?", "rules": "query(topic(Text, Label)).", "proof": True}
            ]
        }
    )
    text: Given
    rules: Text
    top: int = Field(10, ge=1, le=10_000)
    proof: bool = False
    facts: Facts = Field(default_factory=list)


class Explain(Body):
    """A question whose answer is to be explained."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"text": "Where is my parcel?", "form": "mermaid"}]}
    )
    text: Given
    question: str = ""
    form: Literal["tree", "text", "json", "mermaid", "dot"] = Field(
        "tree", description="how the proof is shown"
    )
    value: Value | None = Field(None, description="the answer to explain; the best one where it is left out")
    facts: Facts = Field(default_factory=list)


class Part(BaseModel):
    """A part of a message, as OpenAI's protocol has them."""

    type: str
    text: str = ""


class Message(BaseModel):
    """A message of a conversation; what is not known is left aside, as that protocol has it."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[Part] | None = None

    @property
    def said(self) -> str:
        """Its words."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content if part.type == "text")
        return self.content or ""


class Chat(BaseModel):
    """A conversation with a recipe, as OpenAI's protocol has it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"model": "support", "messages": [{"role": "user", "content": "Where is my parcel?"}]}
            ]
        }
    )
    model: Name
    messages: list[Message] = Field(min_length=1, max_length=1000)
    stream: bool | None = False
    n: int | None = Field(1, ge=1, le=1)
    response_format: dict[str, Any] | None = None


class Embed(BaseModel):
    """Texts whose vectors are wanted, as OpenAI's protocol has it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"model": "support", "input": ["hello", "你好"]}]}
    )
    model: Name
    input: Text | Annotated[list[Text], Field(min_length=1)]
    encoding_format: Literal["float", "base64"] | None = "float"
    dimensions: int | None = Field(None, ge=1)


class State(Body):
    """Facts that are stated."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"facts": ["boost(delivery)"], "source": "call 12"},
                {"facts": [{"predicate": "boost", "arguments": ["天气"]}]},
            ]
        }
    )
    facts: Facts
    source: str = Field("", max_length=1000, description="what they are cited by")
    date: str | None = Field(None, min_length=1, max_length=40, description="of the source")


class Retract(Body):
    """Facts that stand no more: by their numbers, or all of an atom."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"ids": [1, 2]}, {"facts": ["boost(delivery)"]}]}
    )
    ids: list[Annotated[int, Field(ge=1, lt=2**62)]] = Field(default_factory=list, max_length=10_000)
    facts: Facts = Field(default_factory=list)


class Import(Body):
    """The content of a file of facts."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"format": "csv", "content": "boost,delivery\nboost,refund"},
                {"format": "jsonl", "content": '{"predicate": "boost", "arguments": ["delivery"]}'},
            ]
        }
    )
    format: Literal["csv", "jsonl"] = Field(
        description="csv: predicate, then arguments; jsonl: a fact a line"
    )
    content: str
    source: str = Field("", max_length=1000)


class Labelled(Body):
    """What a person says a text is."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"text": "我的包裹在哪里？", "label": "delivery"}]}
    )
    text: Text
    label: Name
    predicate: Name | None = Field(
        None, description="of which labels; the recipe's first where it is left out"
    )


class Unlabelled(Body):
    """Texts of which some are to be labelled."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"texts": ["Where is it?", "钱什么时候退？"]}]})
    texts: list[Text] = Field(min_length=1)
    predicate: Name | None = Field(
        None, description="of which labels; the recipe's first where it is left out"
    )
    count: int = Field(20, ge=1, le=1000, description="how many at most")


class Review(Body):
    """Something to be decided."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"subject": {"text": "…", "answer": "refund"}, "people": 2}]}
    )
    subject: dict[str, Any]
    people: int = Field(
        1, ge=1, le=100, description="how many must approve; of two or more, none may have asked"
    )


class Vote(Body):
    """A decision."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"approves": True, "comment": "as the rule says"}]}
    )
    approves: bool
    comment: str = Field("", max_length=10_000)
