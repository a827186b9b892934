"""
title: Tickets
description: Looks up tickets of the service desk
version: 1.0.0
"""

import httpx
from pydantic import BaseModel, Field


class Tools:
    class Valves(BaseModel):
        url: str = Field("https://desk.example.com/api", description="Where the desk's API is")
        token: str = Field("", description="A token that may read tickets")

    def __init__(self) -> None:
        self.valves = self.Valves()

    async def find_ticket(self, number: str) -> str:
        """
        Tell what a ticket says, who reported it and who works on it.

        :param number: The ticket's number, such as 1042.
        """
        headers = {"Authorization": f"Bearer {self.valves.token}"}
        async with httpx.AsyncClient(base_url=self.valves.url, headers=headers, timeout=10) as desk:
            answer = await desk.get(f"/tickets/{number}")
        return answer.text if answer.is_success else f"The desk answered {answer.status_code}."
