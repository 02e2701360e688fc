"""The dialogues as a task of Inspect AI; read by its own command line, in its own environment."""

from inspect_ai import Task, task
from inspect_ai.dataset import Sample
from inspect_ai.model import ChatMessageSystem, ChatMessageUser
from inspect_ai.solver import Generate, Solver, TaskState, solver

from workload import SYSTEM, user_texts


@solver
def script(turns: int) -> Solver:
    """Ask each turn on the history so far."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        for text in user_texts(int(state.sample_id), turns):
            state.messages.append(ChatMessageUser(content=text))
            state = await generate(state)
        return state

    return solve


@task
def talks(dialogues: int = 20, turns: int = 4) -> Task:
    """Return all dialogues."""
    samples = [Sample(input=[ChatMessageSystem(content=SYSTEM)], id=dialogue) for dialogue in range(dialogues)]
    return Task(dataset=samples, solver=script(turns))
