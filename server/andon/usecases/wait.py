"""Wait: block on a decision for a bounded time, from anywhere, as often as needed."""

from __future__ import annotations

from andon.domain.decision import Decision
from andon.domain.errors import DecisionNotFound, FieldFault, FieldInvalid
from andon.domain.principal import Principal
from andon.usecases.context import Context, Standing
from andon.usecases.visibility import visible_decision


class Wait:
    """Holds a caller until a decision has ended, or the bound is reached."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def __call__(self, principal: Principal, decision_id: str, span: int, level: int = 0) -> Standing:
        """The decision once it has ended, or as it stands after `span` µs, which the server caps.

        With a `level` the appeal of that level is waited for. Raises DecisionNotFound where it does not exist or is not
        the caller's to see, FieldInvalid where there is no such appeal, TooManyWaiters, CredentialsInvalid.
        """
        decision = await visible_decision(self._context, principal, decision_id)
        if level > decision.appeals:
            raise FieldInvalid((FieldFault("level", f"must be at most {decision.appeals}, the appeals there are"),))
        if span == 0 or (decision.resolution is not None and not level):
            return self._context.standing(decision)
        del decision
        if level:
            return await self._until_judged(principal, decision_id, span, level)
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
        return context.standing(await self._current(decision_id))

    async def _until_judged(self, principal: Principal, decision_id: str, span: int, level: int) -> Standing:
        """Waits for the end of an appeal that there is. It is looked at anew whenever something happens to it."""
        context = self._context
        until = context.clock.now() + min(span, context.limits.max_wait)
        while True:
            future = context.waiters.register(decision_id, principal, level)
            try:
                appeal = (await context.store.appeals(decision_id))[level - 1]
                left = max(0, until - context.clock.now())
                if appeal.resolution is not None or await context.waiters.wait(future, left) is None:
                    break
            finally:
                context.waiters.forget(decision_id, future, level)
        return context.standing(await self._current(decision_id))

    async def _current(self, decision_id: str) -> Decision:
        current = await self._context.store.decision(decision_id)
        if current is None:
            raise DecisionNotFound(name=f"decisions/{decision_id}")
        return current
