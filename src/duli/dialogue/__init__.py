"""Dialogues: customer service from questions and answers, and a persona that talks."""

from duli.dialogue.chat import Chat, begin
from duli.dialogue.converse import Converse, Told
from duli.dialogue.memory import Memory
from duli.dialogue.reply import Reply
from duli.dialogue.state import State
from duli.dialogue.support import Support

__all__ = ["Chat", "Converse", "Memory", "Reply", "State", "Support", "Told", "begin"]
