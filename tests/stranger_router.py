"""A user's router that gets it wrong: it names an expert that nobody has."""

from expert_router.types import Assignment, Turns


class Stranger:
    def route(self, turns: Turns) -> Assignment:
        return Assignment("nobody")
