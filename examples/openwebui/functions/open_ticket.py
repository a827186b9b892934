"""
title: Open a ticket
version: 1.0.0
"""

import httpx
from pydantic import BaseModel, Field


class Action:
    class Valves(BaseModel):
        url: str = Field("https://desk.example.com/api", description="Where the desk's API is")
        token: str = Field("", description="A token that may open tickets")

    def __init__(self) -> None:
        self.valves = self.Valves()

    async def action(self, body: dict, __user__: dict) -> dict:
        text = "\n\n".join(str(message.get("content", "")) for message in body.get("messages", []))
        ticket = {"reported_by": __user__.get("email"), "text": text}
        headers = {"Authorization": f"Bearer {self.valves.token}"}
        async with httpx.AsyncClient(base_url=self.valves.url, headers=headers, timeout=10) as desk:
            answer = await desk.post("/tickets", json=ticket)
        said = "A ticket was opened." if answer.is_success else f"The desk answered {answer.status_code}."
        return {"content": said}
