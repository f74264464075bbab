"""Wait: block on a decision for a bounded time, from anywhere, as often as needed."""

from __future__ import annotations

from andon.domain.errors import DecisionNotFound
from andon.domain.principal import Principal
from andon.usecases.context import Context, Standing
from andon.usecases.visibility import visible_decision


class Wait:
    """Holds a caller until a decision has ended, or the bound is reached."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def __call__(self, principal: Principal, decision_id: str, span: int) -> Standing:
        """The decision once it has ended, or as it stands after `span` µs, which the server caps.

        Raises DecisionNotFound where it does not exist or is not the caller's to see, TooManyWaiters,
        CredentialsInvalid.
        """
        decision = await visible_decision(self._context, principal, decision_id)
        if decision.resolution is not None or span == 0:
            return self._context.standing(decision)
        del decision
        return await self.until_resolved(principal, decision_id, span)

    async def until_resolved(self, principal: Principal, decision_id: str, span: int) -> Standing:
        """Waits for a decision that was open a moment ago. The span is capped by the server.

        Raises TooManyWaiters, and CredentialsInvalid once the caller's credentials are.
        """
        context = self._context
        future = context.waiters.register(decision_id, principal)
        try:
            if await context.store.is_open(decision_id):
                resolved = await context.waiters.wait(future, min(span, context.limits.max_wait))
                if resolved is not None:
                    return Standing(resolved)
        finally:
            context.waiters.forget(decision_id, future)
        current = await context.store.decision(decision_id)
        if current is None:
            raise DecisionNotFound(name=f"decisions/{decision_id}")
        return context.standing(current)
