"""Dialogues: customer service from questions and answers, and a persona that talks."""

from duli.dialogue.chat import Chat, begin
from duli.dialogue.reply import Reply
from duli.dialogue.state import State
from duli.dialogue.support import Support

__all__ = ["Chat", "Reply", "State", "Support", "begin"]
