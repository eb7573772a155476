"""What answers look like, for the OpenAPI document."""

from __future__ import annotations

from typing import Any

ANSWER: dict[str, Any] = {
    "query": "topic(X)",
    "answers": [
        {
            "value": "delivery",
            "label": None,
            "probability": 0.93,
            "kind": "exact",
            "interval": [0.93, 0.93],
            "calibrated": False,
            "reasons": [],
            "proof": None,
            "sources": [],
        }
    ],
    "mentions": [],
    "total": 3,
    "abstained": False,
    "reason": None,
    "seconds": 0.008,
    "model": {"encoder": "all-MiniLM-L6-v2", "revision": "3f2c"},
    "knowledge": {},
    "notice": "",
}
EXPLAINED: dict[str, Any] = {
    "form": "tree",
    "value": None,
    "proof": ["topic(0,delivery)   [the text, p=0.93]"],
    "answer": ANSWER,
}
ERROR: dict[str, Any] = {
    "error": {
        "code": "not_found",
        "message": "the recipe 'suport' is not served",
        "where": None,
        "hint": "there are: support",
    }
}
RECIPE: dict[str, Any] = {
    "name": "support",
    "version": "1",
    "description": "Messages of customers",
    "notice": "",
    "example": "Where is my parcel?",
    "ready": True,
    "loaded": 1790000000.0,
    "kind": "text",
    "takes": "text",
    "labels": {"topic": ["refund", "delivery", "login"]},
    "facts": {},
    "error": None,
}
CHAT: dict[str, Any] = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1790000000,
    "model": "support",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "delivery (0.93)"},
            "finish_reason": "stop",
        }
    ],
}
EMBEDDED: dict[str, Any] = {
    "object": "list",
    "model": "support",
    "data": [{"object": "embedding", "index": 0, "embedding": [0.01, -0.02]}],
    "usage": {"prompt_tokens": 1, "total_tokens": 1},
}
