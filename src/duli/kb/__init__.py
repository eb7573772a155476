"""What is known: files read once into columns on disk, and mapped after that."""

from duli.kb.base import KnowledgeBase, load
from duli.kb.source import Column, Source
from duli.kb.vocabulary import MappedVocabulary

__all__ = ["Column", "KnowledgeBase", "MappedVocabulary", "Source", "load"]
